/**
 * Appends sections to a file in large writes, one in flight at a time while the next fills, so that a crash leaves a
 * prefix of what was appended.
 *
 * A write that fails (disk full) loses nothing: its bytes stay staged and readable, and the next `makeRoom` or `flush`
 * writes them again to the same place.
 */
import { sectionSize, writeVarint } from '../car/index.ts'
import type { WritableFile } from './writable-file.ts'

const DEFAULT_CAPACITY_BYTES = 4 << 20
/** A write starts once this much is staged and none is in flight. */
const EARLY_WRITE_BYTES = 1 << 20

interface Batch {
  bytes: Uint8Array
  used: number
  /** Where the batch goes in the file. */
  start: number
}

export class StagedWriter {
  readonly #file: WritableFile
  readonly #capacity: number
  #filling: Batch
  /** Written, or to be written again after a failure; null when all before `#filling` is in the file. */
  #pending: Batch | null = null
  #writing: Promise<void> | null = null
  /** A buffer to use again. */
  #spare: Uint8Array | null = null

  constructor(file: WritableFile, position: number, capacityBytes = DEFAULT_CAPACITY_BYTES) {
    this.#file = file
    this.#capacity = capacityBytes
    this.#filling = { bytes: new Uint8Array(0), used: 0, start: position }
  }

  /** Where the next append goes. */
  get position(): number {
    return this.#filling.start + this.#filling.used
  }

  /** Whether `length` bytes can be appended now. */
  hasRoom(length: number): boolean {
    if (this.#filling.used === 0) return true
    return this.#filling.used + length <= this.#filling.bytes.length
  }

  /** Waits for a write to end; ask `hasRoom` again afterwards. Throws what the write threw. */
  async makeRoom(): Promise<void> {
    if (this.#writing === null) this.#startWrite()
    await this.#writing
    if (this.#pending === null) this.#startWrite() // what was filled meanwhile; the next append gets a fresh buffer
  }

  /** Stages a section: length, CID, data, which are copied. Only with `hasRoom` for all of it. */
  appendSection(cid: Uint8Array, data: Uint8Array): void {
    const batch = this.#filling
    if (batch.used === 0) {
      const size = sectionSize(cid.length, data.length)
      if (batch.bytes.length < size) batch.bytes = this.#take(size)
    }
    const cidStart = writeVarint(cid.length + data.length, batch.bytes, batch.used)
    batch.bytes.set(cid, cidStart)
    batch.bytes.set(data, cidStart + cid.length)
    batch.used = cidStart + cid.length + data.length
    if (batch.used >= Math.min(EARLY_WRITE_BYTES, this.#capacity) && this.#pending === null) this.#startWrite()
  }

  /** Copies bytes that are not in the file yet. False when the range is in the file. */
  readStaged(into: Uint8Array, position: number): boolean {
    for (const batch of [this.#filling, this.#pending]) {
      if (batch === null || position < batch.start || position + into.length > batch.start + batch.used) continue
      into.set(batch.bytes.subarray(position - batch.start, position - batch.start + into.length))
      return true
    }
    return false
  }

  /** Everything appended so far is in the file (not yet durable). Throws what a write threw; may be called again. */
  async flush(): Promise<void> {
    const until = this.position
    while ((this.#pending?.start ?? this.#filling.start) < until) await this.makeRoom()
  }

  /** Lets go of the buffers; after `flush`. */
  release(): void {
    this.#spare = null
    this.#filling = { bytes: new Uint8Array(0), used: 0, start: this.position }
  }

  #take(length: number): Uint8Array {
    const spare = this.#spare
    this.#spare = null
    if (spare !== null && spare.length >= length) return spare
    // Untouched pages of it cost nothing, so that a store that receives little holds little.
    return Buffer.allocUnsafeSlow(Math.max(length, this.#capacity))
  }

  #startWrite(): void {
    if (this.#pending === null) {
      if (this.#filling.used === 0) return
      this.#pending = this.#filling
      this.#filling = { bytes: new Uint8Array(0), used: 0, start: this.position }
    }
    this.#writing = this.#write(this.#pending)
    // The failure is the business of whoever waits; nobody may be waiting.
    this.#writing.catch(() => {})
  }

  async #write(batch: Batch): Promise<void> {
    try {
      await this.#file.writeAt(batch.bytes.subarray(0, batch.used), batch.start)
      this.#pending = null
      if (batch.bytes.length === this.#capacity) this.#spare = batch.bytes
    } finally {
      this.#writing = null
    }
  }
}
