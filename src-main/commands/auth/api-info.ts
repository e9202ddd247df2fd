import { CommandError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { newToken, permOption, type TokenOptions } from './new-token.ts'

export const apiInfo = (verbs: Verbs) =>
  verbs
    .verb('api-info', 'print a new token with the address of the running engine, as programs of Lotus take it')
    .addOption(permOption())
    .action(
      verbs.run(async (run, options: TokenOptions) => {
        const { engineMultiaddr, readEngineAddress } = await import('../../host/index.ts')
        const found = await readEngineAddress(run.dataDir)
        if (found === null)
          throw new CommandError(
            'PEER_UNAVAILABLE',
            'No engine runs on this data directory. Start one with: carport serve',
          )
        const token = await newToken(run.dataDir, options)
        const address = engineMultiaddr(found)
        const info = `${token}:${address}`
        await run.output.result({ token, address, apiInfo: info }, () =>
          ['FULLNODE_API_INFO', 'MARKETS_API_INFO'].map((name) => `${name}=${info}`),
        )
      }),
    )
