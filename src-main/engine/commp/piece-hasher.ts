import { EngineError, type TaskRunner, throwIfAborted } from '../base/index.ts'
import { commitmentFromChunks, PIECE_CHUNK_BYTES, type PieceCommitment, requirePayload } from './piece-tree.ts'
import { subtreeTask } from './subtree.ts'

export interface PieceHasherOptions {
  signal?: AbortSignal
  /** Roots of the first chunks, from an earlier run, all of them whole: `update` then goes on behind them. */
  restore?: readonly Uint8Array[]
  /** Told each chunk's root, in order, as soon as it is known; `length` is its payload bytes. For a journal. */
  onChunk?: (index: number, root: Uint8Array, length: number) => void
}

/**
 * Computes the commitment of a stream of bytes that come in pieces of any size. Whole chunks go to the workers while
 * the next is filled; at most `parallelism + 1` are under way, and their buffers are used again, so memory stays at a
 * few times 8 MiB for any piece. Every `update` must be awaited before the next.
 */
export class PieceHasher {
  readonly #tasks: TaskRunner
  readonly #options: PieceHasherOptions
  readonly #stop = new AbortController()
  readonly #roots: Array<Uint8Array | undefined>
  readonly #running = new Set<Promise<void>>()
  readonly #spare: Uint8Array[] = []
  #told: number
  #rawSize: number
  #buffer: Uint8Array | null = null
  #filled = 0
  #failure: unknown
  #ended = false

  constructor(tasks: TaskRunner, options: PieceHasherOptions = {}) {
    this.#tasks = tasks
    this.#options = options
    this.#roots = [...(options.restore ?? [])]
    this.#told = this.#roots.length
    this.#rawSize = this.#roots.length * PIECE_CHUNK_BYTES
  }

  /** Payload bytes taken so far, restored chunks included. */
  get rawSize(): number {
    return this.#rawSize
  }

  /** Takes the next bytes (copied). Waits while the workers are behind. */
  async update(bytes: Uint8Array): Promise<void> {
    this.#check()
    for (let from = 0; from < bytes.length; ) {
      this.#buffer ??= this.#spare.pop() ?? new Uint8Array(PIECE_CHUNK_BYTES)
      const part = bytes.subarray(from, from + PIECE_CHUNK_BYTES - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.length
      this.#rawSize += part.length
      from += part.length
      if (this.#filled === PIECE_CHUNK_BYTES) await this.#send()
    }
  }

  /** The commitment of everything given. PIECE_TOO_SMALL under 65 bytes. */
  async finish(): Promise<PieceCommitment> {
    this.#check()
    try {
      requirePayload(this.#rawSize)
      if (this.#filled > 0) await this.#send()
      await Promise.all(this.#running)
      this.#check()
    } finally {
      this.#ended = true
    }
    return commitmentFromChunks(this.#roots as Uint8Array[], this.#rawSize)
  }

  /** Gives up, and resolves when nothing is under way any more. */
  async abort(): Promise<void> {
    this.#ended = true
    this.#stop.abort()
    this.#buffer = null
    await Promise.all(this.#running)
  }

  async #send(): Promise<void> {
    while (this.#running.size > this.#tasks.parallelism) await Promise.race(this.#running)
    this.#check()
    if (this.#buffer === null) return
    const task = this.#hash(this.#buffer, this.#filled, this.#roots.length).finally(() => this.#running.delete(task))
    this.#running.add(task)
    this.#roots.push(undefined)
    this.#buffer = null
    this.#filled = 0
  }

  async #hash(buffer: Uint8Array, length: number, index: number): Promise<void> {
    try {
      const { root, bytes } = await this.#tasks.run(
        subtreeTask,
        { bytes: buffer, length },
        { signal: this.#stop.signal, transfer: [buffer.buffer as ArrayBuffer] },
      )
      this.#spare.push(bytes)
      this.#roots[index] = root
      this.#tell()
    } catch (error) {
      this.#failure ??= error
    }
  }

  #tell(): void {
    for (let root = this.#roots[this.#told]; root !== undefined; root = this.#roots[this.#told]) {
      const length = Math.min(PIECE_CHUNK_BYTES, this.#rawSize - this.#told * PIECE_CHUNK_BYTES)
      this.#options.onChunk?.(this.#told, root, length)
      this.#told++
    }
  }

  #check(): void {
    throwIfAborted(this.#options.signal)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#ended) throw new EngineError('CLOSED', 'This piece has been hashed to its end, or was given up.')
  }
}
