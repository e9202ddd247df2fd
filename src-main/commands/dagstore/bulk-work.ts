import type { BulkState } from '../../../src-shared/contract/index.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'

/** Verbs for work over many shards: initialize-all, healing after a start, periodic collections. */

export const bulkWork = (verbs: Verbs) =>
  verbs.verb('bulk', 'tell whether work over many shards waits, and until when').action(
    verbs.run(async (run) => {
      await print(run, await (await run.client()).bulk.state())
    }),
  )

export const pauseBulkWork = (verbs: Verbs) =>
  verbs.verb('pause', 'hold up work over many shards until it is resumed; what is asked for by key goes on').action(
    verbs.run(async (run) => {
      await print(run, await (await run.client()).bulk.pauseAll())
    }),
  )

export const resumeBulkWork = (verbs: Verbs) =>
  verbs
    .verb('resume', 'let work over many shards go on')
    .option('--now', 'do not wait for the end of the quiet hours either')
    .action(
      verbs.run(async (run, { now }: { now?: boolean }) => {
        await print(run, await (await run.client()).bulk.resumeAll({ now: now === true }))
      }),
    )

/** The state in words; null when nothing waits. */
function waitingText({ waitsFor, quietUntil }: BulkState): string | null {
  if (waitsFor === 'resume') return 'Work over many shards is paused; "carport dagstore resume" lets it go on.'
  if (waitsFor === null || quietUntil === null) return null
  return `Work over many shards waits until ${new Date(quietUntil).toLocaleString()}, the end of DAGStore.QuietHours; "carport dagstore resume --now" does not.`
}

/** Says on stderr that what is about to begin waits, where it does; not with --json. */
export async function sayWhatWaits(run: VerbRun): Promise<void> {
  if (run.output.json !== 'off') return
  const waits = waitingText(await (await run.client()).bulk.state())
  if (waits !== null) run.progress.say(waits)
}

async function print(run: VerbRun, state: BulkState): Promise<void> {
  await run.output.result(state, () => waitingText(state) ?? 'Work over many shards goes on.')
}
