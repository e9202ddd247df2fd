import type { InitializeEvent } from '../../../src-shared/contract/index.ts'
import { EngineError, throwIfAborted } from '../base/index.ts'
import { makePlan, type PlanPorts } from './bulk/bulk-plan.ts'
import type { BulkRun, RunEvent } from './bulk/bulk-run.ts'
import type { BulkRuns } from './bulk/bulk-runs.ts'
import type { InitializeAllOptions } from './dagstore-ports.ts'

export interface InitializePorts extends PlanPorts {
  runs: Pick<BulkRuns, 'create'>
}

/**
 * Initializes New shards, by their `keys`, and tells of each: `skipped` with the reason, or `start` and then `success`
 * or `error`. `current` is the shard's place among those to be initialized, `total` their number. Who stops reading,
 * or cancels, stops the scheduling; what has begun goes on by itself, and a later call takes up the rest.
 */
export async function* initializeAll(
  keys: string[],
  ports: InitializePorts,
  options: InitializeAllOptions,
): AsyncGenerator<InitializeEvent, void, void> {
  throwIfAborted(options.signal)
  const { includeSealed, signal } = options
  const plan = await makePlan(ports, keys, { verb: 'initialize', includeSealed, signal })
  const total = plan.keys.length
  for (const { key, reason } of plan.skipped) yield { key, event: 'skipped', error: reason, current: 0, total }
  if (options.dryRun === true) {
    for (const [i, key] of plan.keys.entries()) yield { key, event: 'start', error: null, current: i + 1, total }
    return
  }
  if (total > 0) yield* follow(ports, ports.runs.create(plan, options.concurrency), signal)
}

/** Starts the run and tells of it. It is stopped when nobody reads any more. */
async function* follow(
  ports: InitializePorts,
  run: BulkRun,
  signal?: AbortSignal,
): AsyncGenerator<InitializeEvent, void, void> {
  const events: RunEvent[] = []
  let wake = () => {}
  let ended = false
  const listening = run.events.listen((event) => {
    events.push(event)
    wake()
  })
  const onEnd = () => {
    ended = true
    wake()
  }
  void run.ended.then(onEnd)
  signal?.addEventListener('abort', onEnd, { once: true })
  run.start()
  try {
    while (true) {
      throwIfAborted(signal)
      const event = events.shift()
      if (event !== undefined) yield* told(ports, event)
      else if (ended) break
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    if (run.view.state !== 'done' && signal?.aborted !== true) throw stoppedElsewhere()
  } finally {
    signal?.removeEventListener('abort', onEnd)
    listening.dispose()
    run.stop()
  }
}

/** Lotus knows no shard that is skipped once it has started: one that somebody else initialized is done, others fail. */
function* told(ports: InitializePorts, event: RunEvent): Generator<InitializeEvent, void, void> {
  if (event.event !== 'skipped') return yield event
  yield { ...event, event: 'start', error: null }
  const state = ports.find(event.key)?.facts.state
  if (state === 'Available' || state === 'Serving') yield { ...event, event: 'success', error: null }
  else yield { ...event, event: 'error' }
}

function stoppedElsewhere(): EngineError {
  return new EngineError('CANCELLED', 'The run was stopped. What is left can be initialized with another one.')
}
