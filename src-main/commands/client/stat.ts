import { formatFields } from '../table.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const stat = (verbs: Verbs) =>
  verbs
    .verb('stat', 'sizes of a DAG: its content, the CAR a deal transfers, and the piece')
    .argument('<root>')
    .action(
      verbs.run(async (run, _options: object, root: string) => {
        const facts = await (await run.client()).imports.stat({ root })
        const size = (bytes: number) => `${bytes}  (${sizeText(bytes)})`
        await run.output.result(facts, () =>
          formatFields(
            [
              ['Root', facts.root],
              ['Content', size(facts.payloadSize)],
              ['CAR', size(facts.carSize)],
              ['Piece', size(facts.pieceSize)],
              ['Blocks', String(facts.blockCount)],
            ],
            run.output.style,
          ),
        )
      }),
    )
