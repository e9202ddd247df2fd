import { formatFields } from '../table.ts'
import type { Verbs } from '../verbs.ts'
import { exactSizeText } from '../view-text.ts'

export const stat = (verbs: Verbs) =>
  verbs
    .verb('stat', 'sizes of a DAG: its content, the CAR a deal transfers, and the piece')
    .argument('<root>')
    .action(
      verbs.run(async (run, _options: object, root: string) => {
        const facts = await (await run.client()).imports.stat({ root })
        await run.output.result(facts, () =>
          formatFields(
            [
              ['Root', facts.root],
              ['Content', exactSizeText(facts.payloadSize)],
              ['CAR', exactSizeText(facts.carSize)],
              ['Piece', exactSizeText(facts.pieceSize)],
              ['Blocks', String(facts.blockCount)],
            ],
            run.output.style,
          ),
        )
      }),
    )
