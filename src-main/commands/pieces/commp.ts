import { withFileTools } from '../file-work.ts'
import { formatFields } from '../table.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const commp = (verbs: Verbs) =>
  verbs
    .verb('commp', 'piece commitment of the bytes of a file as they are')
    .argument('<file>')
    .action(
      verbs.run(async (run, _options: object, file: string) => {
        const found = await withFileTools(run, (tools, options) => tools.pieceCommitment(run.path(file), options))
        await run.output.result(
          found,
          () =>
            formatFields(
              [
                ['Piece CID', found.pieceCid],
                ['Piece CID v2', found.pieceCidV2],
                ['Piece size', `${found.pieceSize}  (${sizeText(found.pieceSize)})`],
                ['File', `${found.rawSize}  (${sizeText(found.rawSize)})`],
              ],
              run.output.style,
            ),
          () => found.pieceCid,
        )
      }),
    )
