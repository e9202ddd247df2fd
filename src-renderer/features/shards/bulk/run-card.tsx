import { ChevronRight, Pause, Play, Square, X } from 'lucide-react'
import { useState } from 'react'
import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { Bar, Button, classNames, IconButton, ToneIcon, useCalm } from '../../../components/index.ts'
import { attempt, useConnectionState, useServices } from '../../../state/index.ts'
import { counted } from '../../paths/index.ts'
import { BULK_WORDS } from './bulk-words.ts'
import { RunConcurrency } from './run-concurrency.tsx'
import { RunFailures } from './run-failures.tsx'
import { handledOf, runNote, runTitle, runTone } from './run-text.ts'

interface RunCardProps {
  run: BulkRunView
  /** The last that ended: what failed in it matters most. */
  isLast: boolean
  /** Shows what failed in the table. */
  onShow: (run: BulkRunView, words: string[] | null) => void
}

/** One run: how far it is, what can be done about it, and what failed, by cause. */
export function RunCard({ run, isLast, onShow }: RunCardProps) {
  const [wanted, setOpen] = useState<boolean | null>(null)
  const calm = useCalm(run)
  // Numbers may lag a second behind, for reading; states may not.
  const shown = calm.state === run.state && calm.held === run.held ? calm : run
  const ended = run.endedAt !== null
  // What failed matters once the run has ended; until then the table has the room.
  const open = wanted ?? (ended && isLast)
  const isLive = useConnectionState().phase === 'online'
  const isMoving = isLive && run.state === 'running' && !run.held
  const counts = <RunCounts run={shown} open={open} onToggle={() => setOpen(!open)} />

  return (
    <section
      aria-label={runTitle({ ...run, endedAt: null })}
      className="rounded-md bg-surface text-xs shadow-[inset_0_0_0_1px_var(--line)]"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
        <ToneIcon tone={isLive || ended ? runTone(run) : 'waiting'} moving={isMoving} className="-mr-2" />
        <span className="min-w-0">
          <span role="status" className="font-medium text-ink">
            {runTitle(run)}
          </span>
          <span className="figures pl-2 text-ink-faint">{runNote(shown, isLive)}</span>
        </span>
        {ended && counts}
        <span className="ml-auto flex items-center gap-1.5">
          <RunVerbs run={run} />
        </span>
      </div>
      {!ended && (
        <div className="space-y-2 px-3 pb-2">
          <Bar
            fraction={run.total === 0 ? null : handledOf(run) / run.total}
            label={runTitle(run)}
            paused={!isMoving}
            className="h-1.5"
          />
          {counts}
        </div>
      )}
      {open && run.failed > 0 && <RunFailures run={run} onShow={onShow} />}
    </section>
  )
}

interface RunCountsProps {
  run: BulkRunView
  open: boolean
  onToggle: () => void
}

function RunCounts({ run, open, onToggle }: RunCountsProps) {
  const { verb, endedAt, succeeded, failed, skipped, skips } = run
  return (
    <p className="figures flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft">
      {endedAt === null && (
        <span className="inline-flex items-center gap-1.5">
          <ToneIcon tone="ok" />
          {succeeded.toLocaleString('en')} {BULK_WORDS[verb].ed}
        </span>
      )}
      {failed > 0 && (
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          className="inline-flex h-6 items-center gap-1.5 rounded-sm text-failed hover:underline"
        >
          {endedAt === null && <ToneIcon tone="failed" />}
          {failed.toLocaleString('en')} failed
          <ChevronRight aria-hidden className={classNames('size-3 transition-transform', open && 'rotate-90')} />
        </button>
      )}
      {skipped > 0 && (
        <span className="min-w-0">
          {counted(skipped, 'shard')} skipped: {skips.map(({ reason }) => reason).join(' ')}
        </span>
      )}
    </p>
  )
}

/** Number at once, pause, resume, stop; once it has ended, dismiss. */
function RunVerbs({ run }: { run: BulkRunView }) {
  const { client, stores } = useServices()
  const byId = { runId: run.id }
  const ask = (what: string, work: () => Promise<BulkRunView>) =>
    void attempt(`The run could not be ${what}`, async () => stores.bulk.put(await work()))
  if (run.endedAt !== null)
    return (
      <IconButton
        size="sm"
        icon={X}
        label="Dismiss"
        onClick={() =>
          void attempt('The run could not be dismissed', async () => {
            await client.bulk.dismiss(byId)
          })
        }
      />
    )
  if (run.state === 'stopping') return null
  return (
    <>
      <RunConcurrency run={run} />
      {run.state === 'running' ? (
        <Button size="sm" icon={Pause} onClick={() => ask('paused', () => client.bulk.pause(byId))}>
          Pause
        </Button>
      ) : (
        <Button size="sm" icon={Play} onClick={() => ask('resumed', () => client.bulk.resume(byId))}>
          Resume
        </Button>
      )}
      <Button size="sm" icon={Square} onClick={() => ask('stopped', () => client.bulk.stop(byId))}>
        Stop
      </Button>
    </>
  )
}
