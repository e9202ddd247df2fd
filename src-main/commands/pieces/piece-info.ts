import type { Verbs } from '../verbs.ts'
import { pieceText } from './piece-text.ts'

export const pieceInfo = (verbs: Verbs) =>
  verbs
    .verb('piece-info', 'one piece: where it is, its deals and its shard')
    .argument('<cid>', 'piece CID')
    .action(
      verbs.run(async (run, _options: object, pieceCid: string) => {
        const piece = await (await run.client()).pieces.get({ pieceCid })
        await run.output.result(piece, () => pieceText(piece, run.output.style))
      }),
    )
