import type { Client } from '../connection.ts'
import type { Verbs } from '../verbs.ts'
import { pieceColumns } from './piece-text.ts'

export const cidInfo = (verbs: Verbs) =>
  verbs
    .verb('cid-info', 'which pieces hold a block')
    .argument('<cid>', 'CID, or multihash in hex as index-list prints it')
    .action(
      verbs.run(async (run, _options: object, cid: string) => {
        const rows = await piecesWith(await run.client(), cid)
        const empty = 'No piece holds this block.'
        await run.output.rows(rows, pieceColumns(run.output.style), { empty, brief: (row) => row.pieceCid })
      }),
    )

/** A shard's key is its piece CID, but for shards that a foreign dagstore named otherwise. */
async function piecesWith({ shards, pieces }: Client, cid: string) {
  const keys = new Set((await shards.lookup({ cid })).map(({ key }) => key))
  return (await pieces.list()).filter(({ pieceCid }) => keys.has(pieceCid))
}
