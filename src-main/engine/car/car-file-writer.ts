/**
 * Writes a whole CAR file from start to end: CARv1, or CARv2 with its index. The file appears under its name only when
 * it is finished and durable. For a store that is read while it grows see the blockstore.
 */

import type { CID } from 'multiformats/cid'
import { AtomicFileWriter, allocateBytes } from '../base/index.ts'
import { appendIndex } from './append-index.ts'
import { carLimit } from './car-errors.ts'
import type { IndexCodec } from './car-index.ts'
import { DEFAULT_CAR_LIMITS } from './car-limits.ts'
import { encodeCarHeader } from './car-v1-header.ts'
import { CARV2_MIN_PAYLOAD_OFFSET, encodeCarV2Prefix } from './car-v2-header.ts'
import { IndexBuilder } from './index-builder.ts'
import { IDENTITY_CODE } from './multihash.ts'
import { sectionHead } from './section.ts'
import { type SectionBatch, sectionOf } from './section-batch.ts'

export interface CarFileOptions {
  version: 1 | 2
  roots: readonly CID[]
  /** Zero bytes between header and payload of a CARv2. Default 0. */
  dataPadding?: number
  /** Zero bytes between payload and index. Default 0. */
  indexPadding?: number
  /** Default car-multihash-index-sorted; null for no index. */
  codec?: IndexCodec | null
  /** Index identity CIDs too, and say so in the header. Default false. */
  includeIdentity?: boolean
  /** Largest section that may be written. Default 8 MiB, which is what readers take unless told otherwise. */
  maxSectionBytes?: number
  memoryBytes?: number
  temporaryDirectory?: string
}

export interface WrittenCar {
  version: 1 | 2
  /** null where nothing counted them. */
  blockCount: number | null
  payloadOffset: number
  payloadSize: number
  /** null for none. */
  indexOffset: number | null
  indexRecordCount: number
  fileSize: number
}

const STAGE_BYTES = 4 * 1024 * 1024

export class CarFileWriter {
  readonly #file: AtomicFileWriter
  readonly #options: CarFileOptions
  readonly #index: IndexBuilder | null
  readonly #payloadOffset: number
  #stages: [Uint8Array, Uint8Array] = [new Uint8Array(64 * 1024), new Uint8Array(0)]
  #staged = 0
  #writing: Promise<void> = Promise.resolve()
  #blockCount = 0

  private constructor(file: AtomicFileWriter, options: CarFileOptions) {
    this.#file = file
    this.#options = options
    this.#payloadOffset = options.version === 1 ? 0 : CARV2_MIN_PAYLOAD_OFFSET + (options.dataPadding ?? 0)
    this.#index =
      options.version === 1 || options.codec === null
        ? null
        : new IndexBuilder({
            codec: options.codec,
            memoryBytes: options.memoryBytes,
            directory: options.temporaryDirectory,
          })
  }

  static async create(path: string, options: CarFileOptions): Promise<CarFileWriter> {
    const writer = new CarFileWriter(await AtomicFileWriter.create(path), options)
    writer.#file.skip(writer.#payloadOffset)
    await writer.#stage(encodeCarHeader(options.roots))
    return writer
  }

  get blockCount(): number {
    return this.#blockCount
  }

  /** Appends a block; returns the offset of its section in the payload. The bytes are not compared with the CID. */
  async put(cid: CID, bytes: Uint8Array): Promise<number> {
    this.#checkSize(cid.bytes.length + bytes.length)
    const offset = this.#position
    if (this.#isIndexed(cid.multihash.code)) this.#index?.add(cid.multihash.bytes, offset)
    await this.#stage(sectionHead(cid, bytes.length))
    await this.#stage(bytes)
    this.#blockCount++
    return offset
  }

  /** Appends section `i` of a scan with data. */
  async putSection(batch: SectionBatch, i: number): Promise<void> {
    const section = sectionOf(batch, i)
    this.#checkSize(section.length)
    const code = batch.hashCode[i] as number
    if (this.#isIndexed(code))
      this.#index?.addDigest(
        code,
        batch.bytes,
        batch.digestStart[i] as number,
        batch.dataStart[i] as number,
        this.#position,
      )
    await this.#stage(section)
    this.#blockCount++
  }

  /** Writes index and header, makes the file durable and gives it its name. */
  async finish(): Promise<WrittenCar> {
    try {
      await this.#flush()
      const { version, includeIdentity = false, indexPadding = 0 } = this.#options
      const payloadSize = this.#file.position - this.#payloadOffset
      let indexOffset: number | null = null
      if (this.#index !== null) {
        this.#file.skip(indexPadding)
        indexOffset = this.#file.position
        await appendIndex(this.#file, this.#index)
      }
      if (version === 2)
        await this.#file.writeAt(
          encodeCarV2Prefix({
            fullyIndexed: includeIdentity && indexOffset !== null,
            payloadOffset: this.#payloadOffset,
            payloadSize,
            indexOffset: indexOffset ?? 0,
          }),
          0,
        )
      const fileSize = this.#file.position
      await this.#file.commit()
      return {
        version,
        blockCount: this.#blockCount,
        payloadOffset: this.#payloadOffset,
        payloadSize,
        indexOffset,
        indexRecordCount: this.#index?.recordCount ?? 0,
        fileSize,
      }
    } catch (error) {
      await this.discard()
      throw error
    } finally {
      this.#index?.close()
    }
  }

  /** Removes what was written. Does nothing after `finish`. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {}) // what it failed with no longer matters
    this.#index?.close()
    await this.#file.discard()
  }

  get #position(): number {
    return this.#file.position + this.#staged - this.#payloadOffset
  }

  #isIndexed(hashCode: number): boolean {
    return hashCode !== IDENTITY_CODE || this.#options.includeIdentity === true
  }

  #checkSize(length: number): void {
    const most = this.#options.maxSectionBytes ?? DEFAULT_CAR_LIMITS.maxSectionBytes
    if (length > most)
      throw carLimit(`A section of ${length} bytes is too large for a CAR: readers take ${most} bytes at most.`)
  }

  async #stage(bytes: Uint8Array): Promise<void> {
    if (this.#staged + bytes.length > this.#stages[0].length) await this.#makeRoom(bytes.length)
    this.#stages[0].set(bytes, this.#staged)
    this.#staged += bytes.length
  }

  async #makeRoom(length: number): Promise<void> {
    if (this.#stages[0].length < STAGE_BYTES && this.#staged + length <= STAGE_BYTES) {
      const larger = allocateBytes(Math.min(STAGE_BYTES, Math.max(this.#staged + length, this.#stages[0].length * 4)))
      larger.set(this.#stages[0].subarray(0, this.#staged))
      this.#stages[0] = larger
      return
    }
    await this.#swap()
    if (this.#stages[0].length < length) this.#stages[0] = allocateBytes(Math.max(STAGE_BYTES, length))
  }

  /** Starts writing the full stage, once the one before it is written; fills the other meanwhile. */
  async #swap(): Promise<void> {
    await this.#writing
    const [full, other] = this.#stages
    this.#writing = this.#file.append(full.subarray(0, this.#staged))
    this.#writing.catch(() => {}) // reported by the next await
    this.#stages = [other, full]
    this.#staged = 0
  }

  async #flush(): Promise<void> {
    if (this.#staged > 0) await this.#swap()
    await this.#writing
  }
}
