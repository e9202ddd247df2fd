import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const get = (verbs: Verbs) =>
  verbs
    .verb('get', "a block's bytes out of a shard, checked against its CID")
    .argument('<key>')
    .argument('<cid>')
    .argument('[out]', 'file to write (default: stdout)')
    .action(
      verbs.run(async (run, _options: object, key: string, cid: string, out: string | undefined) => {
        const { shards } = await run.client()
        const outPath = out === undefined ? null : run.path(out)
        const block = await shards.getBlock({ key, cid, outPath }, { signal: run.signal })
        if (out === undefined && run.output.json === 'off') {
          await run.output.write(Buffer.from(block.bytes ?? '', 'base64'))
          return
        }
        const { bytes, ...receipt } = block
        await run.output.result(
          out === undefined ? block : receipt,
          () => `Wrote ${sizeText(block.sizeBytes)} to ${out}`,
        )
      }),
    )
