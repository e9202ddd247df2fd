import type { Progress } from '../../../src-shared/contract/index.ts'
import type { Clock } from './clock.ts'
import { EventStream } from './event-stream.ts'
import { type LongWorkOptions, ProgressMeter } from './progress-meter.ts'

export type ProgressEvent = { type: 'progress'; progress: Progress }
export type WorkEvent<Result> = ProgressEvent | { type: 'done'; result: Result }

/** Long work as a stream: its progress, coalesced, then its result. Who stops reading cancels the work. */
export function workEvents<Result>(
  work: (options: Required<LongWorkOptions>) => Promise<Result>,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<WorkEvent<Result>, void, void> {
  return emittedEvents<WorkEvent<Result>>(
    async (emit, options) => emit({ type: 'done', result: await work(options) }),
    clock,
    signal,
  )
}

/**
 * Long work that tells of more than its progress, as a stream: everything it emits, its progress coalesced, and an end
 * when it is done, or its failure. Who stops reading cancels the work.
 */
export async function* emittedEvents<Event>(
  work: (emit: (event: Event) => void, options: Required<LongWorkOptions>) => Promise<void>,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<Event | ProgressEvent, void, void> {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  const events = new EventStream<Told<Event>>()
  // What work emits is as much as there is to do; its progress could go on for ever.
  const stream = events.subscribe(undefined, {
    limit: Number.POSITIVE_INFINITY,
    replaces: (newer, older) => isProgress(newer) && isProgress(older),
  })
  let next = stream.next() // subscribes before the work can report anything
  const meter = new ProgressMeter(clock, (progress) => events.publish({ progress: { type: 'progress', progress } }))
  work((event) => events.publish({ event }), { signal: controller.signal, onProgress: meter.report }).then(
    () => events.publish(null),
    (error: unknown) => events.publish({ error }),
  )
  try {
    while (true) {
      const { value, done } = await next
      if (done === true || value === null) return
      if ('error' in value) throw value.error
      next = stream.next()
      yield isProgress(value) ? value.progress : value.event
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    controller.abort()
    void stream.return()
  }
}

/** null: it is done. */
type Told<Event> = { event: Event } | { progress: ProgressEvent } | { error: unknown } | null

function isProgress<Event>(told: Told<Event>): told is { progress: ProgressEvent } {
  return told !== null && 'progress' in told
}
