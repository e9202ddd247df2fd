import { useRef, useState } from 'react'
import type { InitializeEvent } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { shortCid } from '../../../src-shared/format/index.ts'
import { errorValueOf } from '../../client/index.ts'
import { Bar, Button, Callout, Checkbox, Dialog, ErrorPanel, TextInput } from '../../components/index.ts'
import { openDialog, useLoaded, useServices } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

export function openInitializeAllDialog(): void {
  openDialog((close) => <InitializeAllDialog onClose={close} />)
}

interface Plan {
  wanted: number
  skipped: InitializeEvent[]
}
interface Run {
  total: number
  done: number
  failed: InitializeEvent[]
  ended: boolean
  error: ErrorValue | null
}

/** Says what would be initialized and what would be skipped, and why; then does it, and counts. */
function InitializeAllDialog({ onClose }: { onClose: () => void }) {
  const { client } = useServices()
  const [concurrency, setConcurrency] = useState('4')
  const [includeSealed, setIncludeSealed] = useState(false)
  const [run, setRun] = useState<Run | null>(null)
  const stop = useRef<AbortController | null>(null)
  const plan = useLoaded(`sealed-${includeSealed}`, async (signal): Promise<Plan> => {
    const found: Plan = { wanted: 0, skipped: [] }
    const events = await client.shards.initializeAll({ concurrency: 1, includeSealed, dryRun: true }, { signal })
    const wanted = new Set<string>()
    for await (const event of events)
      if (event.event === 'skipped') found.skipped.push(event)
      else wanted.add(event.key)
    return { ...found, wanted: wanted.size }
  })

  const start = async () => {
    const controller = new AbortController()
    stop.current = controller
    let state: Run = { total: plan.value?.wanted ?? 0, done: 0, failed: [], ended: false, error: null }
    const show = (change: Partial<Run>) => {
      state = { ...state, ...change }
      setRun(state)
    }
    show({})
    try {
      const events = await client.shards.initializeAll(
        { concurrency: Math.max(0, Math.floor(Number(concurrency)) || 0), includeSealed, dryRun: false },
        { signal: controller.signal },
      )
      for await (const event of events) {
        if (event.event === 'success') show({ done: state.done + 1, total: event.total })
        if (event.event === 'error') show({ failed: [...state.failed, event], total: event.total })
      }
      show({ ended: true })
    } catch (error) {
      show({ ended: true, error: controller.signal.aborted ? null : errorValueOf(error) })
    }
  }
  const close = () => {
    stop.current?.abort()
    onClose()
  }

  return (
    <Dialog
      title="Initialize all"
      description="Indexes every shard that was registered without being read, so that its blocks can be found."
      onClose={close}
      onSubmit={() => run === null && (plan.value?.wanted ?? 0) > 0 && void start()}
      footer={
        run === null ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={(plan.value?.wanted ?? 0) === 0}>
              {(plan.value?.wanted ?? 0) === 0 ? 'Initialize' : `Initialize ${plan.value?.wanted.toLocaleString('en')}`}
            </Button>
          </>
        ) : run.ended ? (
          <Button kind="primary" onClick={close}>
            Close
          </Button>
        ) : (
          <Button onClick={() => stop.current?.abort()}>Stop</Button>
        )
      }
    >
      {run !== null ? (
        <RunView run={run} />
      ) : (
        <div className="space-y-4">
          {plan.status === 'failed' ? <ErrorPanel error={plan.error} /> : <PlanView plan={plan.value} />}
          <Checkbox
            label="Include pieces of which only a sealed copy exists"
            hint="They have to be unsealed first, which takes hours."
            checked={includeSealed}
            onChange={setIncludeSealed}
          />
          <div className="w-40">
            <TextInput
              label="At once"
              type="number"
              min={0}
              max={64}
              value={concurrency}
              onChange={setConcurrency}
              hint="0: no limit"
            />
          </div>
        </div>
      )}
    </Dialog>
  )
}

function PlanView({ plan }: { plan: Plan | null }) {
  if (plan === null) return <p className="text-ink-soft">Looking which shards need it…</p>
  return (
    <div className="space-y-3">
      <p className="text-ink-soft">
        {plan.wanted === 0
          ? 'No shard needs it: all are initialized already.'
          : `${counted(plan.wanted, 'shard')} will be initialized. Nothing has been done yet.`}
      </p>
      {plan.skipped.length > 0 && (
        <Callout tone="attention" title={`${counted(plan.skipped.length, 'shard')} will be skipped`}>
          <ul className="max-h-32 overflow-y-auto">
            {plan.skipped.map(({ key, error }) => (
              <li key={key}>
                <span className="font-mono">{shortCid(key)}</span> {error ?? 'only a sealed copy'}
              </li>
            ))}
          </ul>
        </Callout>
      )}
    </div>
  )
}

function RunView({ run }: { run: Run }) {
  const handled = run.done + run.failed.length
  return (
    <div className="space-y-3">
      <Bar fraction={run.total === 0 ? null : handled / run.total} label="Initializing shards" className="h-1.5" />
      <p className="figures text-ink-soft text-xs" aria-live="polite">
        {handled.toLocaleString('en')} of {run.total.toLocaleString('en')}: {run.done.toLocaleString('en')} initialized,{' '}
        {run.failed.length.toLocaleString('en')} failed{run.ended && handled < run.total && ', stopped'}
      </p>
      {run.error !== null && <ErrorPanel error={run.error} />}
      <ul className="selectable max-h-60 space-y-2 overflow-y-auto text-xs">
        {run.failed.map(({ key, error }) => (
          <li key={key}>
            <span className="font-mono text-ink">{shortCid(key)}</span>
            <span className="block text-failed">{error}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
