import type { InitializeEvent } from '../../../src-shared/contract/index.ts'
import { EngineError, Throttle, throwIfAborted } from '../base/index.ts'
import type { InitializeAllOptions } from './dagstore-ports.ts'
import type { Shard } from './shard.ts'

export interface InitializePorts {
  /** All shards that are New, sorted by key. */
  shards: Shard[]
  initialize(shard: Shard, signal: AbortSignal): Promise<void>
  /** Resolves when bulk work may go on. */
  mayGoOn(): Promise<void>
}

const QUESTIONS_AT_ONCE = 16

/**
 * Initializes New shards and tells of each: `skipped` with the reason, or `start` and then `success` or `error`.
 * `current` is the shard's place among those to be initialized, `total` their number. Who stops reading, or cancels,
 * stops the scheduling; what has begun goes on by itself, and a later call takes up the rest.
 */
export async function* initializeAll(
  ports: InitializePorts,
  options: InitializeAllOptions,
): AsyncGenerator<InitializeEvent, void, void> {
  throwIfAborted(options.signal)
  const { selected, skipped } = await select(ports.shards, options)
  const total = selected.length
  for (const { shard, reason } of skipped) yield { key: shard.key, event: 'skipped', error: reason, current: 0, total }
  if (options.dryRun === true) {
    for (const [i, shard] of selected.entries())
      yield { key: shard.key, event: 'start', error: null, current: i + 1, total }
    return
  }
  yield* run(ports, selected, options)
}

async function select(
  shards: Shard[],
  { includeSealed, signal }: InitializeAllOptions,
): Promise<{ selected: Shard[]; skipped: Array<{ shard: Shard; reason: string }> }> {
  if (includeSealed === true) return { selected: shards, skipped: [] }
  const questions = new Throttle(QUESTIONS_AT_ONCE)
  const reasons = await Promise.all(shards.map((shard) => questions.run(() => reasonToSkip(shard, signal), signal)))
  const selected = shards.filter((_, i) => reasons[i] === null)
  const skipped = shards.flatMap((shard, i) => {
    const reason = reasons[i] ?? null
    return reason === null ? [] : [{ shard, reason }]
  })
  return { selected, skipped }
}

async function reasonToSkip(shard: Shard, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const stat = await shard.upgrader.stat({ signal })
    if (!stat.exists) return 'No source has its data.'
    return stat.ready ? null : 'Only a sealed copy exists.'
  } catch (error) {
    throwIfAborted(signal)
    return EngineError.from(error).message
  }
}

async function* run(
  ports: InitializePorts,
  selected: Shard[],
  options: InitializeAllOptions,
): AsyncGenerator<InitializeEvent, void, void> {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const total = selected.length
  const events: InitializeEvent[] = []
  let wake = () => {}
  const tell = (event: InitializeEvent) => {
    events.push(event)
    wake()
  }
  let next = 0
  const worker = async () => {
    while (next < total && !signal.aborted) {
      await ports.mayGoOn()
      const shard = selected[next++]
      if (shard === undefined || signal.aborted) return
      const about = { key: shard.key, current: next, total }
      tell({ ...about, event: 'start', error: null })
      const error = await ports.initialize(shard, signal).then(
        () => null,
        (thrown: unknown) => EngineError.from(thrown).message,
      )
      tell({ ...about, event: error === null ? 'success' : 'error', error })
    }
  }
  const atOnce = options.concurrency === 0 ? total : Math.min(options.concurrency, total)
  let running = true
  const finished = Promise.all(Array.from({ length: atOnce }, worker)).finally(() => {
    running = false
    wake()
  })
  finished.catch(() => {})
  try {
    while (running || events.length > 0) {
      const event = events.shift()
      if (event !== undefined) yield event
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    await finished
    throwIfAborted(options.signal)
  } finally {
    stop.abort()
  }
}
