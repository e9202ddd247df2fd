/** Spreads the hashing of a CAR over threads while its sections are being found. */
import type { EngineError, LongWorkOptions, RandomAccessReader, TaskRunner } from '../../base/index.ts'
import type { CarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import type { SectionBatch } from '../section-batch.ts'
import { isDamage } from './find-end.ts'
import { carVerifyTask, type RangeReport } from './verify-range.ts'

export interface VerifyRangesOptions extends CarLimits, LongWorkOptions {
  tasks: TaskRunner
  path: string
  /** Of the last section, from the start of the payload. */
  endOffset: number
  onBatch(batch: SectionBatch): Promise<void>
  onReport(report: RangeReport): Promise<void>
}

/** Large enough that starting on a range costs nothing beside it, small enough for progress and a prompt end. */
const MAX_RANGE_BYTES = 128 * 1024 * 1024
const MIN_RANGE_BYTES = 4 * 1024 * 1024
/** Keeps what is known of a range's blocks small. */
const RANGE_BLOCKS = 128 * 1024
/** So that no thread is left with much to do when the others have ended. */
const RANGES_PER_THREAD = 8

/** Where the sections end, and the damage that ends them before `endOffset`. */
export interface RangesEnd {
  offset: number
  damage: EngineError | null
}

export async function verifyRanges(
  reader: RandomAccessReader,
  layout: CarLayout,
  options: VerifyRangesOptions,
): Promise<RangesEnd> {
  const crew = new Crew(layout, options)
  const scan = scanCar(reader, layout, { ...limitsOf(options), to: options.endOffset, signal: options.signal })
  const fair = options.endOffset / (options.tasks.parallelism * RANGES_PER_THREAD)
  const rangeBytes = Math.min(MAX_RANGE_BYTES, Math.max(MIN_RANGE_BYTES, fair))
  let from = layout.headerSize
  let damage: EngineError | null = null
  try {
    let blocks = 0
    for await (const batch of scan) {
      await options.onBatch(batch)
      blocks += batch.count
      if (scan.position - from < rangeBytes && blocks < RANGE_BLOCKS) continue
      await crew.start(from, scan.position)
      from = scan.position
      blocks = 0
    }
  } catch (error) {
    if (!isDamage(error)) {
      await crew.stop()
      throw error
    }
    damage = error
  }
  if (scan.position > from) await crew.start(from, scan.position)
  await crew.finished()
  return { offset: scan.position, damage }
}

export function limitsOf(options: CarLimits): CarLimits {
  const { maxHeaderBytes, maxSectionBytes, maxCidBytes, zeroLengthSectionAsEnd } = options
  return { maxHeaderBytes, maxSectionBytes, maxCidBytes, zeroLengthSectionAsEnd }
}

/** Keeps every thread busy, and one range waiting for each. */
class Crew {
  readonly #layout: CarLayout
  readonly #options: VerifyRangesOptions
  readonly #running = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #doneBytes = 0
  #failure: unknown = null

  constructor(layout: CarLayout, options: VerifyRangesOptions) {
    this.#layout = layout
    this.#options = options
  }

  /** Waits until there is room, then hands over a range. */
  async start(from: number, to: number): Promise<void> {
    while (this.#running.size >= this.#options.tasks.parallelism * 2) await Promise.race(this.#running)
    this.#throwFailure()
    const work = this.#verify(from, to)
      .catch((error: unknown) => {
        this.#failure ??= error
        this.#abort.abort() // the others need not go on
      })
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running)
    this.#throwFailure()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all(this.#running)
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }

  async #verify(from: number, to: number): Promise<void> {
    const { tasks, path, signal } = this.#options
    const { payloadOffset, payloadSize, headerSize } = this.#layout
    let reported = 0
    const report = await tasks.run(
      carVerifyTask,
      { path, payload: { payloadOffset, payloadSize, headerSize }, from, to, limits: limitsOf(this.#options) },
      {
        signal: signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]),
        onProgress: (done) => {
          this.#progress(done - reported)
          reported = done
        },
      },
    )
    this.#progress(to - from - reported)
    await this.#options.onReport(report)
  }

  #progress(bytes: number): void {
    this.#doneBytes += bytes
    this.#options.onProgress?.({
      phase: 'Checking blocks',
      doneBytes: this.#doneBytes,
      totalBytes: this.#options.endOffset - this.#layout.headerSize,
    })
  }
}
