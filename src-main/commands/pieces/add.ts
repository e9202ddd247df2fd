import type { Verbs } from '../verbs.ts'
import { pieceText } from './piece-text.ts'

export const add = (verbs: Verbs) =>
  verbs
    .verb('add', 'copy a CAR into the piece store and register its shard')
    .argument('<path>')
    .option('--piece-cid <cid>', 'refuse a file whose commitment is another')
    .action(
      verbs.run(async (run, { pieceCid }: { pieceCid?: string }, path: string) => {
        const { pieces } = await run.client()
        const piece = await pieces.add({ path: run.path(path), pieceCid: pieceCid ?? null }, { signal: run.signal })
        await run.output.result(
          piece,
          () => pieceText(piece, run.output.style),
          () => piece.pieceCid,
        )
      }),
    )
