import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { useServices, useTableState } from '../../../state/index.ts'
import { RunCard } from './run-card.tsx'

const ENDED_SHOWN = 3

/** The engine's runs of work on many shards: those under way, and the last that ended until they are dismissed. */
export function RunsPanel({ onShow }: { onShow: (run: BulkRunView, words: string | null) => void }) {
  const { stores } = useServices()
  const { rows } = useTableState(stores.bulk)
  const shown = runsToShow(rows)
  if (shown.length === 0) return null
  return (
    <div className="max-h-[45%] shrink-0 space-y-2 overflow-y-auto pb-3">
      {shown.map((run) => (
        <RunCard key={run.id} run={run} onShow={onShow} />
      ))}
    </div>
  )
}

/** Newest first; those that go on before those that ended. */
export function runsToShow(runs: readonly BulkRunView[]): BulkRunView[] {
  const newestFirst = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  const ended = newestFirst.filter(({ endedAt }) => endedAt !== null)
  return [...newestFirst.filter(({ endedAt }) => endedAt === null), ...ended.slice(0, ENDED_SHOWN)]
}
