import { createStore } from 'zustand/vanilla'
import type {
  MigrationDeal,
  MigrationImport,
  MigrationPlanEvent,
  MigrationReport,
  MigrationRunEvent,
  MigrationShard,
  MigrationSummary,
  Progress,
} from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { type Client, errorValueOf } from '../../client/index.ts'

/** Repositories that are taken over. Either may be left out. */
export interface Sources {
  lotusMiner: string | null
  lotus: string | null
}

/** One migration, from its plan to its report. It goes on while other screens are looked at. */
export interface MigrationWork {
  phase: 'idle' | 'planning' | 'planned' | 'running' | 'done'
  sources: Sources
  progress: Progress | null
  shards: readonly MigrationShard[]
  deals: readonly MigrationDeal[]
  imports: readonly MigrationImport[]
  /** Once the plan, or the run, is done. */
  summary: MigrationSummary | null
  /** How many items of the run are done with. */
  handled: { current: number; total: number }
  warnings: readonly string[]
  storagePaths: readonly string[]
  report: MigrationReport | null
  error: ErrorValue | null
}

export const NO_WORK: MigrationWork = {
  phase: 'idle',
  sources: { lotusMiner: null, lotus: null },
  progress: null,
  shards: [],
  deals: [],
  imports: [],
  summary: null,
  handled: { current: 0, total: 0 },
  warnings: [],
  storagePaths: [],
  report: null,
  error: null,
}

/** How often the screen changes while events come. */
const SHOWN_EVERY_MS = 100

export const migrationWork = createStore<MigrationWork>(() => NO_WORK)
let current: AbortController | null = null

/** What is known after one more event. */
export function afterEvent(work: MigrationWork, event: MigrationPlanEvent | MigrationRunEvent): MigrationWork {
  switch (event.type) {
    case 'progress':
      return { ...work, progress: event.progress }
    case 'rows':
      return {
        ...work,
        shards: work.shards.concat(event.shards),
        deals: work.deals.concat(event.deals),
        imports: work.imports.concat(event.imports),
      }
    case 'shard':
    case 'import':
      return { ...work, handled: { current: event.current, total: event.total } }
    case 'done': {
      const { summary, warnings, storagePaths } = event
      const report = 'report' in event ? event.report : null
      return {
        ...work,
        phase: report === null ? 'planned' : 'done',
        progress: null,
        summary,
        warnings,
        storagePaths,
        report,
      }
    }
  }
}

/** Reads the repositories and says what a run would do. Never rejects: the outcome is in the store. */
export function plan(client: Client, sources: Sources): Promise<void> {
  return follow('planning', sources, (signal) => client.migration.plan(sources, { signal }))
}

/** Takes over what the plan says. */
export function run(client: Client, sources: Sources): Promise<void> {
  return follow('running', sources, (signal) => client.migration.run(sources, { signal }))
}

/** Ends what is going on. What a run has done stays done, and is left alone by the next one. */
export function stop(): void {
  current?.abort()
  current = null
  migrationWork.setState({ phase: 'idle', progress: null })
}

async function follow(
  phase: 'planning' | 'running',
  sources: Sources,
  begin: (signal: AbortSignal) => Promise<AsyncIterable<MigrationPlanEvent | MigrationRunEvent>>,
): Promise<void> {
  current?.abort()
  const controller = new AbortController()
  current = controller
  migrationWork.setState({ ...NO_WORK, phase, sources }, true)
  const show = shower((work) => current === controller && migrationWork.setState(work, true))
  try {
    let work = migrationWork.getState()
    for await (const event of await begin(controller.signal)) {
      if (current !== controller) return
      work = afterEvent(work, event)
      show(work, event.type === 'done')
    }
  } catch (error) {
    if (current !== controller) return
    show(migrationWork.getState(), true)
    migrationWork.setState({ phase: 'idle', progress: null, error: errorValueOf(error) })
  }
}

/** Thousands of events a second come to a few changes of the screen: the newest is shown, `atOnce` or soon. */
function shower(publish: (work: MigrationWork) => void): (work: MigrationWork, atOnce: boolean) => void {
  let waiting: MigrationWork | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  return (work, atOnce) => {
    if (atOnce) {
      clearTimeout(timer)
      timer = undefined
      publish(work)
      return
    }
    waiting = work
    timer ??= setTimeout(() => {
      timer = undefined
      if (waiting !== null) publish(waiting)
    }, SHOWN_EVERY_MS)
  }
}
