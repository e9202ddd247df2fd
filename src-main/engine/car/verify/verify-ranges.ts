/** Spreads the hashing of a CAR over threads while its sections are being found. */
import { availableParallelism } from 'node:os'
import { EngineError, type LongWorkOptions, type TaskRunner } from '../../base/index.ts'
import type { CarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import type { PayloadRange } from '../car-scan.ts'
import type { PackedMultihashes } from '../multihash-list.ts'
import { carSectionsTask, type FoundSections } from './find-sections.ts'
import { carVerifyTask, type RangeReport } from './verify-range.ts'

export interface VerifyRangesOptions extends CarLimits, LongWorkOptions {
  tasks: TaskRunner
  path: string
  /** Of the last section, from the start of the payload. */
  endOffset: number
  onBlocks(blocks: PackedMultihashes): Promise<void>
  onReport(report: RangeReport): Promise<void>
}

/** Large enough that starting on a range costs nothing beside it, small enough for progress and a prompt end. */
const MAX_RANGE_BYTES = 128 * 1024 * 1024
const MIN_RANGE_BYTES = 4 * 1024 * 1024
/** So that no thread is left with much to do when the others have ended. */
const RANGES_PER_THREAD = 8

/** Where the sections end, and the damage that ends them before `endOffset`. */
export interface RangesEnd {
  offset: number
  damage: EngineError | null
}

/** One thread finds sections, the others hash those that were found before. */
export async function verifyRanges(layout: CarLayout, options: VerifyRangesOptions): Promise<RangesEnd> {
  const crew = new Crew(layout, options)
  try {
    let from = layout.headerSize
    let finding = crew.find(from)
    for (;;) {
      const found = await finding
      if (!found.isEnd) finding = crew.find(found.position)
      await options.onBlocks(found.blocks)
      for (const to of found.rangeEnds) {
        await crew.start(from, to)
        from = to
      }
      if (!found.isEnd) continue
      await crew.finished()
      return { offset: found.position, damage: found.damage === null ? null : EngineError.fromValue(found.damage) }
    }
  } catch (error) {
    await crew.stop()
    throw error
  }
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

  /** Finds sections from an offset on. */
  find(from: number): Promise<FoundSections> {
    const { tasks, path, endOffset } = this.#options
    const fair = endOffset / (tasks.parallelism * RANGES_PER_THREAD)
    const rangeBytes = Math.min(MAX_RANGE_BYTES, Math.max(MIN_RANGE_BYTES, fair))
    const input = { path, payload: this.#payload(), from, to: endOffset, limits: limitsOf(this.#options), rangeBytes }
    const finding = tasks.run(carSectionsTask, input, { signal: this.#signal() })
    finding.catch(() => {}) // reported when it is awaited
    return finding
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
    const { tasks, path } = this.#options
    const sync = tasks.parallelism >= availableParallelism()
    let reported = 0
    const report = await tasks.run(
      carVerifyTask,
      { path, payload: this.#payload(), from, to, limits: limitsOf(this.#options), sync },
      {
        signal: this.#signal(),
        onProgress: (done) => {
          this.#progress(done - reported)
          reported = done
        },
      },
    )
    this.#progress(to - from - reported)
    await this.#options.onReport(report)
  }

  #payload(): PayloadRange {
    const { payloadOffset, payloadSize, headerSize } = this.#layout
    return { payloadOffset, payloadSize, headerSize }
  }

  #signal(): AbortSignal {
    const { signal } = this.#options
    return signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal])
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
