import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { EXIT } from '../failure.ts'
import { withFileTools } from '../file-work.ts'
import type { Output } from '../output.ts'
import { formatFields } from '../table.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const verify = (verbs: Verbs) =>
  verbs
    .verb('verify', 'check a CAR: headers, every block, the roots, the index; exit code 1 when it is not good')
    .alias('v')
    .argument('<file>')
    .action(
      verbs.run(async (run, _options: object, file: string) => {
        const verdict = await verdictOf(run, file)
        await run.output.result(verdict, () => verdictText(verdict, run.output))
        if (!verdict.ok) run.exitCode = EXIT.failed
      }),
    )

function verdictOf(run: VerbRun, file: string): Promise<CarVerdict> {
  return withFileTools(run, async (tools, { signal }) => {
    for await (const event of tools.inspect.verify(run.path(file), signal)) {
      if (event.type === 'done') return event.verdict
      run.progress.show(event.progress)
    }
    throw run.signal.reason
  })
}

function verdictText(verdict: CarVerdict, { style }: Output): string[] {
  const colour = verdict.ok ? style.good : style.bad
  const problems = verdict.problems.map(
    ({ code, message, offset }) => `  ${offset === null ? '' : `at ${offset}: `}${message} (${code})`,
  )
  return [
    colour(verdict.verdict),
    ...problems,
    ...formatFields(
      [
        ['Version', verdict.version === null ? null : `CARv${verdict.version}`],
        ['Roots', verdict.roots.join(', ') || 'none'],
        ['Blocks', `${verdict.blockCount}, ${sizeText(verdict.payloadBytes)}`],
        ['Index', verdict.index],
        ['Piece CID', verdict.pieceCid],
        ['Piece CID v2', verdict.pieceCidV2],
        ['Piece size', verdict.pieceSize === null ? null : sizeText(verdict.pieceSize)],
      ],
      style,
    ),
  ]
}
