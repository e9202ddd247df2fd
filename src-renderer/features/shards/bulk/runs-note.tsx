import { ToneIcon, useCalm } from '../../../components/index.ts'
import { hrefOf, useServices, useTableState } from '../../../state/index.ts'
import { BULK_WORDS } from './bulk-words.ts'
import { handledOf, runTone } from './run-text.ts'

/** In the status bar: what is being done to many shards, wherever one is in the window. */
export function RunsNote() {
  const { stores } = useServices()
  const active = useCalm(useTableState(stores.bulk).rows.filter(({ endedAt }) => endedAt === null))
  const [first] = active
  if (first === undefined) return null
  return (
    <a
      href={hrefOf('shards')}
      className="figures inline-flex cursor-default items-center gap-1.5 rounded-sm hover:text-ink"
    >
      <ToneIcon tone={runTone(first)} moving={first.state === 'running' && !first.held} className="size-3" />
      {BULK_WORDS[first.verb].ing} {handledOf(first).toLocaleString('en')} of {first.total.toLocaleString('en')}
      {active.length > 1 && `, ${active.length - 1} more`}
    </a>
  )
}
