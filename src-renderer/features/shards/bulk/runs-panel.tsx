import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { useServices, useTableState } from '../../../state/index.ts'
import { HeldNote } from './held-note.tsx'
import { RunCard } from './run-card.tsx'
import { runsToShow } from './runs-to-show.ts'

/** The engine's runs of work on many shards: those under way, and the last that ended until they are dismissed. */
export function RunsPanel({ onShow }: { onShow: (run: BulkRunView, words: string[] | null) => void }) {
  const { stores } = useServices()
  const { rows } = useTableState(stores.bulk)
  const shown = runsToShow(rows)
  const lastEnded = shown.find(({ endedAt }) => endedAt !== null)
  return (
    <div className="max-h-[45%] shrink-0 space-y-2 overflow-y-auto pb-3 empty:hidden">
      <HeldNote />
      {shown.map((run) => (
        <RunCard key={run.id} run={run} isLast={run === lastEnded} onShow={onShow} />
      ))}
    </div>
  )
}
