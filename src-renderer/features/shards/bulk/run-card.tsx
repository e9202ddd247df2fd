import { ChevronRight, Pause, Play, Square, X } from 'lucide-react'
import { useState } from 'react'
import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { Bar, Button, classNames, IconButton, ToneIcon, useCalm } from '../../../components/index.ts'
import { attempt, useServices } from '../../../state/index.ts'
import { counted } from '../../paths/index.ts'
import { BULK_WORDS } from './bulk-words.ts'
import { RunConcurrency } from './run-concurrency.tsx'
import { RunFailures } from './run-failures.tsx'
import { handledOf, runNote, runTitle, runTone } from './run-text.ts'

interface RunCardProps {
  run: BulkRunView
  /** Shows what failed in the table. */
  onShow: (run: BulkRunView, words: string | null) => void
}

/** One run: how far it is, what can be done about it, and what failed, by cause. */
export function RunCard({ run, onShow }: RunCardProps) {
  const { client, stores } = useServices()
  const [wanted, setOpen] = useState<boolean | null>(null)
  const calm = useCalm(run)
  // Numbers may lag a second behind, for reading; states may not.
  const shown = calm.state === run.state && calm.held === run.held ? calm : run
  const ended = run.endedAt !== null
  // What failed matters once the run has ended; until then the table has the room.
  const open = wanted ?? ended
  const { ed } = BULK_WORDS[run.verb]
  const ask = (what: string, work: () => Promise<BulkRunView>) =>
    void attempt(`The run could not be ${what}`, async () => stores.bulk.put(await work()))
  const byId = { runId: run.id }
  const isMoving = run.state === 'running' && !run.held

  return (
    <section
      aria-label={runTitle({ ...run, endedAt: null })}
      className="rounded-md bg-surface text-xs shadow-[inset_0_0_0_1px_var(--line)]"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pt-2">
        <span className="flex min-w-0 flex-1 items-center gap-2">
          <ToneIcon tone={runTone(run)} moving={isMoving} />
          <span className="min-w-0">
            <span role="status" className="font-medium text-ink">
              {runTitle(run)}
            </span>
            <span className="figures pl-2 text-ink-faint">{runNote(shown)}</span>
          </span>
        </span>
        <span className="flex items-center gap-1.5">
          {!ended && run.state !== 'stopping' && <RunConcurrency run={run} />}
          {run.state === 'running' && (
            <Button size="sm" icon={Pause} onClick={() => ask('paused', () => client.bulk.pause(byId))}>
              Pause
            </Button>
          )}
          {run.state === 'paused' && (
            <Button size="sm" icon={Play} onClick={() => ask('resumed', () => client.bulk.resume(byId))}>
              Resume
            </Button>
          )}
          {(run.state === 'running' || run.state === 'paused') && (
            <Button size="sm" icon={Square} onClick={() => ask('stopped', () => client.bulk.stop(byId))}>
              Stop
            </Button>
          )}
          {ended && (
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
          )}
        </span>
      </div>
      <div className={ended && run.failed + run.skipped === 0 ? 'pb-2' : 'px-3 py-2'}>
        {!ended && (
          <Bar
            fraction={run.total === 0 ? null : handledOf(run) / run.total}
            label={runTitle(run)}
            paused={!isMoving}
            className="mb-2 h-1.5"
          />
        )}
        <p className="figures flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-soft">
          {!ended && (
            <span className="inline-flex items-center gap-1.5">
              <ToneIcon tone="ok" />
              {shown.succeeded.toLocaleString('en')} {ed}
            </span>
          )}
          {shown.failed > 0 && (
            <button
              type="button"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              className="inline-flex items-center gap-1.5 rounded-sm text-failed hover:underline"
            >
              <ToneIcon tone="failed" />
              {shown.failed.toLocaleString('en')} failed
              <ChevronRight aria-hidden className={classNames('size-3 transition-transform', open && 'rotate-90')} />
            </button>
          )}
          {shown.skipped > 0 && (
            <span className="inline-flex min-w-0 items-center gap-1.5">
              <ToneIcon tone="idle" />
              {counted(shown.skipped, 'shard')} skipped: {shown.skips.map(({ reason }) => reason).join(' ')}
            </span>
          )}
        </p>
      </div>
      {open && run.failed > 0 && <RunFailures run={run} onShow={onShow} />}
    </section>
  )
}
