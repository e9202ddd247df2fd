import { existsSync } from 'node:fs'
import type { DagCommitmentView } from '../../../src-shared/contract/index.ts'
import { withFileTools } from '../file-work.ts'
import { formatFields } from '../table.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { exactSizeText } from '../view-text.ts'
import { lastResult } from '../work-events.ts'

export const commP = (verbs: Verbs) =>
  verbs
    .verb('commP', 'piece commitment of a CAR file, or of the CAR that a deal on a root transfers')
    .argument('<path-or-root>', 'a CAR file, or the root of an import or a retrieval')
    .addHelpText(
      'after',
      '\nExamples:\n  carport client commP film.car\n  carport client commP bafybei…\nOf any other file: carport pieces commp FILE',
    )
    .action(
      verbs.run(async (run, _options: object, given: string) => {
        const found = await commitment(run, given)
        await run.output.result(
          found,
          () =>
            formatFields(
              [
                ['Root', found.root],
                ['Piece CID', found.pieceCid],
                ['Piece CID v2', found.pieceCidV2],
                ['Piece size', exactSizeText(found.pieceSize)],
                ['CAR', exactSizeText(found.carSize)],
                ['Content', found.payloadSize === null ? null : exactSizeText(found.payloadSize)],
              ],
              run.output.style,
            ),
          () => found.pieceCid,
        )
      }),
    )

/** A file of that name goes before a root. */
async function commitment(run: VerbRun, given: string): Promise<DagCommitmentView> {
  const path = run.path(given)
  if (existsSync(path) || !looksLikeCid(given))
    return withFileTools(run, (tools, options) => tools.carCommitment(path, options))
  const { dags } = await run.client()
  return lastResult(run, await dags.commitment({ root: given }, { signal: run.signal }))
}

/** What cannot be a CID is a path that does not exist. */
function looksLikeCid(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,}$/.test(text)
}
