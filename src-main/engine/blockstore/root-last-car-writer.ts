/**
 * Writes a whole CARv2 whose root is known only at the end, in one pass. It appears under its name when it is complete
 * and durable; until then it is a temporary file beside it.
 *
 * Sections start where they will lie behind the header of a usual root. For a root of another length they are moved at
 * the end, so that the file is what go-car would have written.
 */
import { mkdir, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError, renameDurably, temporaryPathFor } from '../base/index.ts'
import {
  CARV2_MIN_PAYLOAD_OFFSET,
  CARV2_PRAGMA,
  carLimit,
  DEFAULT_CAR_LIMITS,
  encodeCarHeader,
  MULTIHASH_INDEX_SORTED,
  RAW_CODEC,
  SHA2_256_CODE,
  sectionSize,
} from '../car/index.ts'
import { type BlockKey, BlockTable, multihashStart } from './block-table.ts'
import { writeIndexAndHeader } from './finalize.ts'
import { StagedWriter } from './staged-writer.ts'
import { type OpenWritableFile, openLocalFile, type WritableFile } from './writable-file.ts'

export interface RootLastOptions {
  /** What blocks are told apart by. */
  key: BlockKey
  /** Says in the header that identity CIDs are indexed too. */
  fullyIndexed: boolean
  openFile?: OpenWritableFile
}

export interface FinishedCar {
  /** Of the whole file. */
  carSizeBytes: number
  payloadSize: number
  blockCount: number
}

const USUAL_HEADER = encodeCarHeader([CID.createV1(RAW_CODEC, createDigest(SHA2_256_CODE, new Uint8Array(32)))])
/** In the file. */
const SECTIONS_START = CARV2_MIN_PAYLOAD_OFFSET + USUAL_HEADER.length
const MOVE_BYTES = 4 << 20

export class RootLastCarWriter {
  readonly path: string
  readonly #options: RootLastOptions
  readonly #temporary: string
  readonly #file: WritableFile
  readonly #table: BlockTable
  readonly #writer: StagedWriter
  #ended = false

  private constructor(path: string, temporary: string, file: WritableFile, options: RootLastOptions) {
    this.path = path
    this.#temporary = temporary
    this.#file = file
    this.#options = options
    this.#table = new BlockTable(options.key)
    this.#writer = new StagedWriter(file, SECTIONS_START)
  }

  /** Creates the folder where it is not there. A file at `path` is replaced by `finish`, not before. */
  static async create(path: string, options: RootLastOptions): Promise<RootLastCarWriter> {
    const absolute = resolve(path)
    await mkdir(dirname(absolute), { recursive: true })
    const temporary = temporaryPathFor(absolute)
    return new RootLastCarWriter(absolute, temporary, await (options.openFile ?? openLocalFile)(temporary), options)
  }

  get blockCount(): number {
    return this.#table.count
  }

  /** Appends a section unless its block is there. The bytes are not checked against the CID. */
  add(cid: CID, bytes: Uint8Array): Promise<void> {
    return this.addSection(cid.bytes, multihashStart(cid), bytes)
  }

  /** As `add`, of a CID in bytes; `multihashAt` is where its multihash starts. */
  async addSection(cid: Uint8Array, multihashAt: number, bytes: Uint8Array): Promise<void> {
    this.#assertOpen()
    if (this.#table.find(cid, multihashAt) >= 0) return
    if (cid.length + bytes.length > DEFAULT_CAR_LIMITS.maxSectionBytes) throw sectionTooLong(cid.length + bytes.length)
    const size = sectionSize(cid.length, bytes.length)
    while (!this.#writer.hasRoom(size)) {
      await this.#writer.makeRoom()
      this.#assertOpen()
      if (this.#table.find(cid, multihashAt) >= 0) return
    }
    this.#table.add(cid, multihashAt, this.#writer.position - SECTIONS_START, bytes.length)
    this.#writer.appendSection(cid, bytes)
  }

  /** Completes the file and gives it its name. After an error only `discard` is left. */
  async finish(roots: readonly CID[]): Promise<FinishedCar> {
    this.#assertOpen()
    this.#ended = true
    await this.#writer.flush()
    this.#writer.release()
    const header = encodeCarHeader(roots)
    const sectionsSize = this.#writer.position - SECTIONS_START
    await this.#moveSections(sectionsSize, header.length - USUAL_HEADER.length)
    await this.#file.writeAt(CARV2_PRAGMA, 0)
    await this.#file.writeAt(header, CARV2_MIN_PAYLOAD_OFFSET)
    const payloadSize = header.length + sectionsSize
    const carSizeBytes = await writeIndexAndHeader(this.#file, this.#table, {
      payloadOffset: CARV2_MIN_PAYLOAD_OFFSET,
      payloadSize,
      sectionsOffset: header.length,
      indexPadding: 0,
      indexCodec: MULTIHASH_INDEX_SORTED,
      fullyIndexed: this.#options.fullyIndexed,
    })
    await this.#file.close()
    await renameDurably(this.#temporary, this.path)
    return { carSizeBytes, payloadSize, blockCount: this.#table.count }
  }

  /** Takes away what was written so far. May be called at any time, also after `finish`, and then does nothing. */
  async discard(): Promise<void> {
    this.#ended = true
    await this.#writer.flush().catch(() => {})
    this.#writer.release()
    await this.#file.close()
    await rm(this.#temporary, { force: true })
  }

  /** Moves all sections by `delta` bytes, from the side that is not overwritten. */
  async #moveSections(size: number, delta: number): Promise<void> {
    if (delta === 0) return
    const buffer = new Uint8Array(Math.min(size, MOVE_BYTES))
    for (let done = 0; done < size; ) {
      const length = Math.min(buffer.length, size - done)
      const from = SECTIONS_START + (delta > 0 ? size - done - length : done)
      const chunk = buffer.subarray(0, length)
      if ((await this.#file.readAt(chunk, from)) < length)
        throw new EngineError('CAR_TRUNCATED', `${this.#temporary} was cut while it was written.`)
      await this.#file.writeAt(chunk, from + delta)
      done += length
    }
  }

  #assertOpen(): void {
    if (this.#ended)
      throw new EngineError('CLOSED', `${this.path} is written already.`, { details: { path: this.path } })
  }
}

function sectionTooLong(length: number): EngineError {
  return carLimit(
    `A block with its CID takes ${length} bytes, more than the ${DEFAULT_CAR_LIMITS.maxSectionBytes} that readers of CAR files accept.`,
  )
}
