import { Button, clockText, ToneIcon } from '../../../components/index.ts'
import { useBulkState } from './use-bulk-state.ts'

/** Says that work over many shards waits, until when, and lets it go on. */
export function HeldNote() {
  const { state, resumeAll } = useBulkState()
  if (state === null || state.waitsFor === null) return null
  const { waitsFor, quietUntil } = state
  const isPaused = waitsFor === 'resume'
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-waiting-soft px-3 py-2 text-xs">
      <ToneIcon tone="waiting" />
      <p role="status" className="min-w-0 flex-1 text-ink">
        <span className="font-medium">
          {isPaused || quietUntil === null
            ? 'All work over many shards is paused.'
            : `Work over many shards waits until ${clockText(quietUntil).slice(0, 5)}, the end of the quiet hours.`}
        </span>{' '}
        <span className="text-ink-soft">What is asked for by name goes on.</span>
      </p>
      <Button size="sm" onClick={() => resumeAll(!isPaused)}>
        {isPaused ? 'Resume all' : 'Do not wait'}
      </Button>
    </div>
  )
}
