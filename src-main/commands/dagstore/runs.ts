import type { BulkRunView } from '../../../src-shared/contract/index.ts'
import { formatDuration } from '../../../src-shared/format/index.ts'
import type { Output } from '../output.ts'
import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'

/** `carport dagstore runs` alone lists them. */
export const runs = (verbs: Verbs) =>
  verbs
    .group('runs', 'work on many shards that the engine is doing, or has done', [
      (each) => operation(each, 'pause', 'begin no more of a run until it is resumed'),
      (each) => operation(each, 'resume', 'let a paused run go on'),
      (each) => operation(each, 'stop', 'end a run: what is under way ends, no more is begun'),
    ])
    .addCommand(listRuns(verbs), { isDefault: true })

const listRuns = (verbs: Verbs) =>
  verbs.verb('list', 'list the runs under way and those that ended').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).bulk.list()
      await run.output.rows(
        rows,
        [
          { title: 'ID', text: (row) => row.id },
          { title: 'VERB', text: (row) => row.verb },
          { title: 'STATE', text: (row) => stateText(row, run.output) },
          { title: 'DONE', text: (row) => String(row.succeeded), align: 'right' },
          { title: 'FAILED', text: (row) => String(row.failed), align: 'right' },
          { title: 'SKIPPED', text: (row) => String(row.skipped), align: 'right' },
          { title: 'OF', text: (row) => String(row.total), align: 'right' },
          { title: 'LEFT', text: (row) => (row.etaSeconds === null ? '' : formatDuration(row.etaSeconds)) },
        ],
        { empty: 'No runs.', brief: (row) => row.id },
      )
    }),
  )

function operation(verbs: Verbs, what: 'pause' | 'resume' | 'stop', summary: string) {
  return verbs
    .verb(what, summary)
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, runId: string) => {
        const row = await (await run.client()).bulk[what]({ runId })
        await run.output.result(row, () => `${row.id}  ${stateText(row, run.output)}`)
      }),
    )
}

function stateText({ state, held, resumedAt, endedAt }: BulkRunView, { style }: Output): string {
  const shown = held ? 'waiting' : styleState(style, state)
  return resumedAt !== null && endedAt === null ? `${shown}, since a restart` : shown
}
