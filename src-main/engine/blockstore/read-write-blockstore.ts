/**
 * A growing CARv2: blocks that come in are appended, read back while they come, and indexed at the end. Stopped at any
 * byte, it is opened again and goes on (recovery.ts). What it leaves, go-car can read and resume.
 *
 * Invariants: one writer per path (lock file); the file is a prefix of what was put, in order; `#table` holds exactly
 * the sections that were put or found, staged ones included; the 40-byte header is zero until payload and index are
 * durable.
 */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import { EngineError, lockPath, type PathLock, TaskQueue, throwIfAborted } from '../base/index.ts'
import {
  carLimit,
  DEFAULT_CAR_LIMITS,
  isIdentity,
  MULTIHASH_INDEX_SORTED,
  varintLength,
  verifyBlock,
} from '../car/index.ts'
import { blockNotFound } from './block-errors.ts'
import { type BlockTable, MAX_TABLE_CID_BYTES, multihashStart } from './block-table.ts'
import type { BlockOptions, WritableBlockstore } from './blockstore.ts'
import { writeIndexAndHeader } from './finalize.ts'
import type { ReadWriteOptions, RecoveryReport } from './read-write-options.ts'
import { type OpenedCar, openOrRecover } from './recovery.ts'
import { StagedWriter } from './staged-writer.ts'
import { openLocalFile, stopAfterFailedSync, type WritableFile } from './writable-file.ts'

export class ReadWriteBlockstore implements WritableBlockstore {
  readonly path: string
  readonly roots: readonly CID[]
  readonly recovery: RecoveryReport
  readonly #options: Required<Pick<ReadWriteOptions, 'maxSectionBytes' | 'maxCidBytes'>> & ReadWriteOptions
  readonly #lock: PathLock
  readonly #file: WritableFile
  readonly #table: BlockTable
  readonly #payloadOffset: number
  readonly #writer: StagedWriter
  /** sync, finalize and close go one after another. */
  readonly #exclusive = new TaskQueue()
  #finalization: 'none' | 'running' | 'done' = 'none'
  #closing = false
  #closed = false
  #syncedPayloadSize: number

  private constructor(options: ReadWriteOptions, lock: PathLock, file: WritableFile, opened: OpenedCar) {
    this.path = file.path
    this.roots = opened.roots
    this.recovery = opened.report
    this.#options = {
      ...options,
      maxSectionBytes: options.maxSectionBytes ?? DEFAULT_CAR_LIMITS.maxSectionBytes,
      maxCidBytes: Math.min(options.maxCidBytes ?? DEFAULT_CAR_LIMITS.maxCidBytes, MAX_TABLE_CID_BYTES),
    }
    this.#lock = lock
    this.#file = file
    this.#table = opened.table
    this.#payloadOffset = opened.payloadOffset
    this.#writer = new StagedWriter(file, opened.payloadOffset + opened.payloadSize, options.stagingBytes)
    this.#syncedPayloadSize = opened.syncedPayloadSize
  }

  /**
   * Creates the CAR, or resumes one that is there, finalized or not; `recovery` tells what was found. An error leaves a
   * file that was there as it was: CAR_ROOTS_MISMATCH, CAR_PADDING_MISMATCH, CAR_VERSION, CAR_INVALID, CAR_TRUNCATED
   * (see `repair`), LOCKED.
   */
  static async open(path: string, options: ReadWriteOptions): Promise<ReadWriteBlockstore> {
    const absolute = resolve(path)
    const lock = await lockPath(await realPathOf(absolute))
    try {
      const file = stopAfterFailedSync(await (options.openFile ?? openLocalFile)(absolute))
      try {
        return new ReadWriteBlockstore(options, lock, file, await openOrRecover(file, options))
      } catch (error) {
        await file.close()
        throw error
      }
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Blocks stored, duplicates included. */
  get blockCount(): number {
    return this.#table.count
  }

  /** Bytes of the CARv1 in it: header and sections, staged ones included. */
  get payloadSize(): number {
    return this.#writer.position - this.#payloadOffset
  }

  /** How much of the payload survives a power cut. Keep it, and give it to `open`, to have just the rest checked. */
  get syncedPayloadSize(): number {
    return this.#syncedPayloadSize
  }

  get isFinalized(): boolean {
    return this.#finalization === 'done'
  }

  /**
   * Appends a block unless it is there. Checks it against its CID (`verify: false` for bytes that were checked before).
   * BLOCK_MISMATCH, CAR_LIMIT, READ_ONLY after finalize, NO_SPACE: the block is not stored then, and earlier ones are.
   */
  async put(cid: CID, bytes: Uint8Array, options: BlockOptions = {}): Promise<void> {
    throwIfAborted(options.signal)
    this.#assertWritable()
    if (isIdentity(cid) && this.#options.storeIdentity !== true) return
    if (this.#isPresent(cid)) return
    const size = this.#checkedSectionSize(cid, bytes)
    let waited = false
    if (options.verify !== false) {
      const checked = verifyBlock(cid, bytes)
      if (checked !== undefined) {
        await checked
        waited = true
      }
    }
    while (!this.#writer.hasRoom(size)) {
      await this.#writer.makeRoom()
      waited = true
    }
    if (waited) {
      this.#assertWritable()
      if (this.#isPresent(cid)) return
    }
    this.#table.add(cid.bytes, multihashStart(cid), this.payloadSize, bytes.length)
    this.#writer.appendSection(cid.bytes, bytes)
  }

  async has(cid: CID, options: BlockOptions = {}): Promise<boolean> {
    throwIfAborted(options.signal)
    this.#assertReadable()
    if (this.#answersInline(cid)) return true
    return this.#find(cid) >= 0
  }

  async get(cid: CID, options: BlockOptions = {}): Promise<Uint8Array> {
    throwIfAborted(options.signal)
    this.#assertReadable()
    if (this.#answersInline(cid)) return cid.multihash.digest
    const bytes = this.#read(this.#entry(cid), options.into)
    if (options.verify !== false) {
      const checked = verifyBlock(cid, bytes)
      if (checked !== undefined) await checked
    }
    return bytes
  }

  async size(cid: CID, options: BlockOptions = {}): Promise<number> {
    throwIfAborted(options.signal)
    this.#assertReadable()
    if (isIdentity(cid)) return cid.multihash.digest.length
    return this.#table.dataLength(this.#entry(cid))
  }

  cids(options: BlockOptions = {}): AsyncIterable<CID> {
    this.#assertReadable()
    return this.#cidsUpTo(this.#table.count, options.signal)
  }

  /** Everything put so far survives a power cut from here on. NO_SPACE may be tried again when there is space. */
  async sync(): Promise<void> {
    this.#assertReadable()
    await this.#exclusive.run(async () => {
      this.#assertReadable()
      if (this.#finalization !== 'done') await this.#syncPayload()
    })
  }

  /** Makes it a complete CARv2 with index, durably, and closes it. After an error (disk full) it is still open for another try. */
  async finalize(): Promise<void> {
    await this.finalizeReadOnly()
    await this.close()
  }

  /** As `finalize`, but stays open for reading. */
  async finalizeReadOnly(): Promise<void> {
    this.#assertWritable()
    this.#finalization = 'running'
    try {
      await this.#exclusive.run(() => this.#writeEnd())
      this.#finalization = 'done'
    } catch (error) {
      this.#finalization = 'none'
      throw error
    }
  }

  /** Closes without finalizing; what was put is written, but not made durable. `open` resumes it. May be called again. */
  async discard(): Promise<void> {
    await this.#close(() => this.#writer.flush())
  }

  /** Closes it, durably; where it is not finalized `open` resumes it. May be called again. */
  async close(): Promise<void> {
    await this.#close(async () => {
      if (this.#finalization !== 'done') await this.#syncPayload()
    })
  }

  #close(lastWork: () => Promise<unknown>): Promise<void> {
    this.#closing = true
    return this.#exclusive.run(async () => {
      if (this.#closed) return
      try {
        await lastWork()
      } finally {
        this.#closed = true
        this.#writer.release()
        await this.#file.close()
        await this.#lock.release()
      }
    })
  }

  async #writeEnd(): Promise<void> {
    const payloadSize = await this.#syncPayload()
    this.#writer.release()
    if (this.#options.carV1 === true) return
    await writeIndexAndHeader(this.#file, this.#table, {
      payloadOffset: this.#payloadOffset,
      payloadSize,
      indexPadding: this.#options.indexPadding ?? 0,
      indexCodec: this.#options.indexCodec ?? MULTIHASH_INDEX_SORTED,
      fullyIndexed: this.#options.storeIdentity === true,
    })
  }

  async #syncPayload(): Promise<number> {
    const size = this.payloadSize
    await this.#writer.flush()
    if (size > this.#syncedPayloadSize) {
      await this.#file.sync()
      this.#syncedPayloadSize = size
    }
    return size
  }

  #isPresent(cid: CID): boolean {
    return this.#options.allowDuplicates !== true && this.#find(cid) >= 0
  }

  #find(cid: CID): number {
    return this.#table.find(cid.bytes, multihashStart(cid))
  }

  #entry(cid: CID): number {
    const entry = this.#find(cid)
    if (entry < 0) throw blockNotFound(cid)
    return entry
  }

  #answersInline(cid: CID): boolean {
    return isIdentity(cid) && this.#options.storeIdentity !== true
  }

  /** On this thread: the bytes are on this machine, mostly still in its memory. */
  #read(entry: number, into: Uint8Array | undefined): Uint8Array {
    const dataLength = this.#table.dataLength(entry)
    const cidLength = this.#table.cid(entry).length
    const headLength = varintLength(cidLength + dataLength) + cidLength
    const bytes =
      into !== undefined && into.length >= dataLength ? into.subarray(0, dataLength) : new Uint8Array(dataLength)
    const position = this.#payloadOffset + this.#table.offset(entry) + headLength
    if (this.#writer.readStaged(bytes, position)) return bytes
    const got = this.#file.readAtSync(bytes, position)
    if (got < dataLength)
      throw new EngineError(
        'CAR_TRUNCATED',
        `${this.path} was cut while it was open: block data at byte ${position} is gone.`,
        {
          details: { path: this.path, offset: position },
        },
      )
    return bytes
  }

  async *#cidsUpTo(count: number, signal: AbortSignal | undefined): AsyncGenerator<CID> {
    for (let entry = 0; entry < count; entry++) {
      throwIfAborted(signal)
      this.#assertReadable()
      yield CID.decode(this.#table.cid(entry).slice())
    }
  }

  #checkedSectionSize(cid: CID, bytes: Uint8Array): number {
    const cidLength = cid.bytes.length
    const { maxCidBytes, maxSectionBytes } = this.#options
    if (cidLength > maxCidBytes)
      throw carLimit(`A CID of ${cidLength} bytes is longer than the ${maxCidBytes} bytes that an index takes.`, {
        goCar: `cid size is larger than max allowed (${cidLength} > ${maxCidBytes})`,
      })
    const length = cidLength + bytes.length
    if (length > maxSectionBytes)
      throw carLimit(
        `Block ${cid} has ${bytes.length} bytes. With its CID that is more than the ${maxSectionBytes} bytes that readers of CAR files accept.`,
      )
    return varintLength(length) + length
  }

  #assertReadable(): void {
    if (this.#closed) throw this.#closedError()
  }

  #assertWritable(): void {
    if (this.#closing) throw this.#closedError()
    if (this.#finalization !== 'none')
      throw new EngineError('READ_ONLY', `${this.path} is finalized: blocks cannot be added to it any more.`, {
        details: { path: this.path },
      })
  }

  #closedError(): EngineError {
    return new EngineError('CLOSED', `${this.path} is closed.`, { details: { path: this.path } })
  }
}

/** The one name of a file that several paths may lead to, also before it is there. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const folder = await realpath(dirname(path)).catch(() => dirname(path))
    return join(folder, basename(path))
  }
}
