import { ToneIcon, useCalm } from '../../../components/index.ts'
import { hrefOf, useConnectionState, useServices, useTableState } from '../../../state/index.ts'
import { BULK_WORDS } from './bulk-words.ts'
import { handledOf, runTone } from './run-text.ts'

/** In the status bar: what is being done to many shards, wherever one is in the window. */
export function RunsNote() {
  const { stores } = useServices()
  const { rows } = useTableState(stores.bulk)
  const calm = useCalm(rows)
  const isLive = useConnectionState().phase === 'online'
  const active = rows.filter(({ endedAt }) => endedAt === null)
  const [first] = active
  if (first === undefined) return null
  // Numbers may lag a second behind, for reading; whether it goes on may not.
  const counts = calm.find(({ id }) => id === first.id) ?? first
  return (
    <a
      href={hrefOf('shards')}
      className="figures inline-flex cursor-default items-center gap-1.5 rounded-sm hover:text-ink"
    >
      <ToneIcon
        tone={isLive ? runTone(first) : 'waiting'}
        moving={isLive && first.state === 'running' && !first.held}
        className="size-3"
      />
      {BULK_WORDS[first.verb].ing} {handledOf(counts).toLocaleString('en')} of {first.total.toLocaleString('en')}
      {active.length > 1 && `, ${active.length - 1} more`}
    </a>
  )
}
