import { CommandError } from './failure.ts'
import type { Verbs } from './verbs.ts'

export const url = (verbs: Verbs) =>
  verbs.verb('url', 'print a link that lets one browser into the window of the running engine').action(
    verbs.run(async (run) => {
      const { engineAddressUrl, readEngineAddress } = await import('../host/index.ts')
      const address = await readEngineAddress(run.dataDir)
      const link = address === null ? null : await newTicket(engineAddressUrl(address), address.token)
      if (link === null)
        throw new CommandError(
          'PEER_UNAVAILABLE',
          'No engine runs on this data directory. Start one with: carport serve',
        )
      await run.output.result({ url: link }, () => link)
    }),
  )

async function newTicket(base: string, token: string): Promise<string | null> {
  try {
    const response = await fetch(`${base}/ticket`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    return response.ok ? ((await response.json()) as { url: string }).url : null
  } catch {
    return null
  }
}
