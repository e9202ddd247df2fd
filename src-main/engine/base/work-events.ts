import type { Progress } from '../../../src-shared/contract/index.ts'
import type { Clock } from './clock.ts'
import { EventStream } from './event-stream.ts'
import { type LongWorkOptions, ProgressMeter } from './progress-meter.ts'

export type WorkEvent<Result> = { type: 'progress'; progress: Progress } | { type: 'done'; result: Result }

/** Long work as a stream: its progress, coalesced, then its result. Who stops reading cancels the work. */
export async function* workEvents<Result>(
  work: (options: Required<LongWorkOptions>) => Promise<Result>,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<WorkEvent<Result>, void, void> {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  const events = new EventStream<WorkEvent<Result> | { type: 'failed'; error: unknown }>()
  const stream = events.subscribe()
  let next = stream.next() // subscribes before the work can report anything
  const meter = new ProgressMeter(clock, (progress) => events.publish({ type: 'progress', progress }))
  work({ signal: controller.signal, onProgress: meter.report }).then(
    (result) => events.publish({ type: 'done', result }),
    (error: unknown) => events.publish({ type: 'failed', error }),
  )
  try {
    while (true) {
      const { value, done } = await next
      if (done === true) return
      if (value.type === 'failed') throw value.error
      yield value
      if (value.type === 'done') return
      next = stream.next()
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    controller.abort()
    void stream.return()
  }
}
