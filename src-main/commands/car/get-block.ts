import { writeFile } from 'node:fs/promises'
import type { Verbs } from '../verbs.ts'

export const getBlock = (verbs: Verbs) =>
  verbs
    .verb('get-block', 'one block of a CAR')
    .alias('gb')
    .argument('<car>')
    .argument('<cid>')
    .argument('[out]', 'default: stdout')
    .action(
      verbs.run(async (run, _options: object, car: string, text: string, out?: string) => {
        const { openCarBlockstore, parseCid } = await import('../../engine/index.ts')
        const cid = parseCid(text)
        const blockstore = await openCarBlockstore(run.path(car))
        try {
          const bytes = await blockstore.get(cid, { signal: run.signal })
          const { length: sizeBytes } = bytes
          if (out === undefined && run.output.json === 'off') return await run.output.write(bytes)
          if (out === undefined) {
            const data = Buffer.from(bytes).toString('base64')
            return await run.output.result({ cid: cid.toString(), sizeBytes, data }, () => [])
          }
          await writeFile(run.path(out), bytes)
          await run.output.result({ cid: cid.toString(), sizeBytes, path: run.path(out) }, () => [])
        } finally {
          await blockstore.close()
        }
      }),
    )
