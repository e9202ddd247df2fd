import type { CID } from 'multiformats/cid'
import { EngineError, MemoryReader, type RandomAccessReader, throwIfAborted } from '../../base/index.ts'
import type { MountedPieces } from '../mount/lotus-mount.ts'
import type { TestCar } from './test-cars.ts'

/** Pieces in memory that count what is asked of them, and can be made to fail or to wait. */
export class TestPieces implements MountedPieces {
  readonly #pieces = new Map<string, Uint8Array>()
  readonly #failures = new Map<string, EngineError>()
  readonly sealed = new Set<string>()
  opened = 0
  /** Times that a piece was read from its beginning. */
  fetched = 0
  /** What `stat` says instead of the true size. */
  announcedBytes: number | null = null
  #gate: Promise<void> = Promise.resolve()
  #opened = () => {}
  #waiting = 0
  #onWaiting: Array<{ count: number; resolve(): void }> = []

  add(...cars: TestCar[]): this {
    for (const car of cars) this.#pieces.set(car.key, car.bytes)
    return this
  }

  set(key: string, bytes: Uint8Array): void {
    this.#pieces.set(key, bytes)
  }

  remove(key: string): void {
    this.#pieces.delete(key)
  }

  fail(key: string, error: EngineError): void {
    this.#failures.set(key, error)
  }

  mend(key: string): void {
    this.#failures.delete(key)
  }

  /** Holds back every opening until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#opened = resolve
    })
  }

  release(): void {
    this.#opened()
    this.#gate = Promise.resolve()
  }

  /** Resolves when so many openings are held back. */
  held(count: number): Promise<void> {
    if (this.#waiting >= count) return Promise.resolve()
    return new Promise((resolve) => this.#onWaiting.push({ count, resolve }))
  }

  get waiting(): number {
    return this.#waiting
  }

  async stat(pieceCid: CID) {
    const bytes = this.#pieces.get(pieceCid.toString())
    if (bytes === undefined) return { state: 'missing' as const, sizeBytes: null, path: null }
    const state = this.sealed.has(pieceCid.toString()) ? ('sealed-only' as const) : ('unsealed' as const)
    return { state, sizeBytes: this.announcedBytes ?? bytes.length, path: null }
  }

  async open(pieceCid: CID, options: { signal?: AbortSignal } = {}): Promise<RandomAccessReader> {
    const key = pieceCid.toString()
    this.opened++
    this.#waiting++
    for (const waiter of this.#onWaiting.filter(({ count }) => this.#waiting >= count)) waiter.resolve()
    try {
      await Promise.race([this.#gate, aborted(options.signal)])
      throwIfAborted(options.signal)
    } finally {
      this.#waiting--
    }
    const failure = this.#failures.get(key)
    if (failure !== undefined) throw failure
    const bytes = this.#pieces.get(key)
    if (bytes === undefined) throw new EngineError('PIECE_NOT_FOUND', `No source has the piece ${key}.`)
    return this.#counted(bytes)
  }

  #counted(bytes: Uint8Array): RandomAccessReader {
    const reader = new MemoryReader(bytes)
    return {
      size: reader.size,
      readAt: async (into, position) => {
        if (position === 0) this.fetched++
        return reader.readAtSync(into, position)
      },
      close: () => reader.close(),
    }
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
}
