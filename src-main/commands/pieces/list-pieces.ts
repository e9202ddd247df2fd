import type { Verbs } from '../verbs.ts'
import { pieceColumns } from './piece-text.ts'

export const listPieces = (verbs: Verbs) =>
  verbs.verb('list-pieces', 'list the pieces that are here').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).pieces.list()
      await run.output.rows(rows, pieceColumns(run.output.style), { empty: 'No pieces.', brief: (row) => row.pieceCid })
    }),
  )
