import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'

/** The verbs that do one thing to one transfer and print its row. */
type Operation = 'pause' | 'resume' | 'cancel' | 'restart'

export const pauseTransfer = (verbs: Verbs) => operation(verbs, 'pause', 'hold a transfer where it is')
export const resumeTransfer = (verbs: Verbs) => operation(verbs, 'resume', 'let a held transfer go on')
export const cancelTransfer = (verbs: Verbs) => operation(verbs, 'cancel', 'end a transfer')
export const restartTransfer = (verbs: Verbs) =>
  operation(verbs, 'restart', 'begin a failed transfer again, with what is there')

function operation(verbs: Verbs, what: Operation, summary: string) {
  return verbs
    .verb(what, summary)
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, id: string) => {
        const row = await (await run.client()).transfers[what]({ id })
        await run.output.result(row, () =>
          `${row.id}  ${styleState(run.output.style, row.state)}  ${row.message}`.trimEnd(),
        )
      }),
    )
}
