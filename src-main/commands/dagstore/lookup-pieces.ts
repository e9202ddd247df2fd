import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'

export const lookupPieces = (verbs: Verbs) =>
  verbs
    .verb('lookup-pieces', 'which shards hold a block')
    .aliases(['lookup-piece-cid', 'lpc']) // as Boost calls it
    .argument('<cid>', 'CID, or multihash in hex as index-list prints it')
    .action(
      verbs.run(async (run, _options: object, cid: string) => {
        const rows = await (await run.client()).shards.lookup({ cid })
        await run.output.rows(
          rows,
          [
            { title: 'KEY', text: (row) => row.key },
            { title: 'STATE', text: (row) => styleState(run.output.style, row.state) },
            { title: 'ERROR', text: (row) => row.error ?? '', below: true },
          ],
          { empty: 'No shard holds this block.', brief: (row) => row.key },
        )
      }),
    )
