/** Compares the index of a shard with the blocks of its CAR, and the blocks with their CIDs. */
import {
  EngineError,
  FileReader,
  type LongWorkOptions,
  type RandomAccessReader,
  type Task,
  type TaskRunner,
} from '../../base/index.ts'
import {
  buildIndex,
  type CarLayout,
  compareIndex,
  INDEX_SORTED,
  IndexBuilder,
  type IndexCodec,
  type IndexDifference,
  type IndexTable,
  readCarLayout,
  readIndexTable,
  type SectionBatch,
  scanCar,
  sectionMatches,
} from '../../car/index.ts'
import { type LocalSource, openLocalSource } from '../local-source.ts'
import { multihashHex } from '../multihashes.ts'

export interface AuditInput {
  source: LocalSource
  indexPath: string
}

/** What an audit found. Counts are of all; `examples` names some. */
export interface IndexFindings {
  codec: IndexCodec
  recordCount: number
  /** Sections in the CAR, up to the damage where there is some. */
  blockCount: number
  /** Blocks that no record names. */
  missing: number
  /** Blocks whose records lead elsewhere. */
  misplaced: number
  /** Records of blocks that are not in the CAR. */
  extra: number
  /** Blocks whose bytes do not hash to their CID; null where the bytes were not looked at. */
  damaged: number | null
  /** Why the CAR could not be read to its end; then the index was not compared. */
  broken: { code: string; message: string } | null
  examples: AuditExample[]
}

export interface AuditExample {
  kind: IndexDifference['kind'] | 'damaged'
  /** Hex; only the digest where the index does not record the hash function. */
  multihash: string
  /** From the start of the payload. */
  offset: number | null
}

const EXAMPLES_OF_A_KIND = 25
const PROGRESS_BYTES = 4 * 1024 * 1024
const READ_BYTES = 1024 * 1024
const LIMITS = { zeroLengthSectionAsEnd: true, maxCidBytes: Infinity } as const

/** In a worker. Progress counts bytes of the payload. */
export const auditIndexTask: Task<AuditInput, IndexFindings> = {
  name: 'dagstore.auditIndex',
  async run({ source, indexPath }, { signal, onProgress }) {
    const car = openLocalSource(source)
    try {
      const progress = ({ doneBytes }: { doneBytes: number }) => onProgress(doneBytes)
      return await auditIndex(car, indexPath, { inWorker: true, signal, onProgress: progress })
    } finally {
      await car.close()
    }
  },
}

/** Hashes blocks in a worker: their places in the batch, of those whose bytes are others. */
export const hashSectionsTask: Task<SectionBatch, number[]> = {
  name: 'dagstore.hashSections',
  run: async (batch) => damagedIn(batch),
}

export interface AuditOptions extends LongWorkOptions {
  /** Hash the blocks on this thread. */
  inWorker?: boolean
  /** Hash them in others. Without either they are not hashed, and what is between their heads is not read. */
  tasks?: TaskRunner
}

/** INDEX_INVALID where the index has no structure that could be compared. */
export async function auditIndex(
  car: RandomAccessReader,
  indexPath: string,
  options: AuditOptions = {},
): Promise<IndexFindings> {
  const index = FileReader.open(indexPath)
  try {
    const table = await readIndexTable(index, 0, index.size, options.signal)
    return await new Audit(car, index, table, options).run()
  } finally {
    await index.close()
  }
}

class Audit {
  readonly #car: RandomAccessReader
  readonly #index: RandomAccessReader
  readonly #table: IndexTable
  readonly #options: AuditOptions
  readonly #findings: IndexFindings

  constructor(car: RandomAccessReader, index: RandomAccessReader, table: IndexTable, options: AuditOptions) {
    this.#car = car
    this.#index = index
    this.#table = table
    this.#options = options
    const { codec, recordCount } = table
    const damaged = options.inWorker === true || options.tasks !== undefined ? 0 : null
    this.#findings = {
      codec,
      recordCount,
      blockCount: 0,
      missing: 0,
      misplaced: 0,
      extra: 0,
      damaged,
      broken: null,
      examples: [],
    }
  }

  async run(): Promise<IndexFindings> {
    const builder = new IndexBuilder({ codec: this.#table.codec })
    try {
      const layout = await readCarLayout(this.#car, LIMITS)
      await this.#readBlocks(layout, builder)
      if (this.#table.codec === INDEX_SORTED) await this.#compareMixed(layout, builder)
      else await this.#compare(builder, false)
    } catch (thrown) {
      const error = EngineError.from(thrown)
      if (error.kind !== 'corrupt' && error.kind !== 'limit') throw error
      this.#findings.broken = { code: error.code, message: error.message }
    } finally {
      builder.close()
    }
    return this.#findings
  }

  async #readBlocks(layout: CarLayout, builder: IndexBuilder): Promise<void> {
    const { inWorker = false, signal, onProgress } = this.#options
    const hashes = this.#findings.damaged !== null
    const scan = scanCar(this.#car, layout, {
      ...LIMITS,
      data: hashes,
      sync: inWorker,
      readBytes: READ_BYTES,
      signal,
    })
    let reported = 0
    for await (const batch of scan) {
      if (hashes) await this.#hash(batch)
      builder.addSections(batch, { includeIdentity: true, maxCidBytes: Infinity })
      this.#findings.blockCount += batch.count
      if (scan.position - reported < PROGRESS_BYTES) continue
      reported = scan.position
      onProgress?.({ phase: 'Reading the piece', doneBytes: reported, totalBytes: layout.payloadSize })
    }
    onProgress?.({ phase: 'Reading the piece', doneBytes: layout.payloadSize, totalBytes: layout.payloadSize })
  }

  async #hash(batch: SectionBatch): Promise<void> {
    const { tasks, signal } = this.#options
    const damaged =
      tasks === undefined ? await damagedIn(batch) : await tasks.run(hashSectionsTask, copyOf(batch), { signal })
    for (const i of damaged) {
      this.#findings.damaged = (this.#findings.damaged ?? 0) + 1
      const multihash = batch.bytes.subarray(batch.multihashStart[i], batch.dataStart[i])
      this.#addExample('damaged', Buffer.from(multihash).toString('hex'), batch.sectionOffset[i] ?? null)
    }
  }

  async #compare(builder: IndexBuilder, identityWanted: boolean): Promise<void> {
    await compareIndex(this.#index, this.#table.buckets, builder.sortedBuckets(), identityWanted, (difference) =>
      this.#addDifference(difference),
    )
  }

  /** A car-index-sorted does not say which records are those of identity CIDs, which it may leave out. */
  async #compareMixed(layout: CarLayout, all: IndexBuilder): Promise<void> {
    const same = await compareIndex(this.#index, this.#table.buckets, all.sortedBuckets(), true)
    if (same.astray + same.unfindable === 0) return
    const { inWorker, signal } = this.#options
    const { builder } = await buildIndex(this.#car, layout, { ...LIMITS, codec: INDEX_SORTED, sync: inWorker, signal })
    try {
      await this.#compare(builder, true)
    } finally {
      builder.close()
    }
  }

  #addDifference({ kind, hashCode, digest, offsets }: IndexDifference): void {
    this.#findings[kind] += kind === 'extra' ? offsets.length : 1
    this.#addExample(kind, multihashHex(hashCode, digest), offsets[0] ?? null)
  }

  #addExample(kind: AuditExample['kind'], multihash: string, offset: number | null): void {
    const { examples } = this.#findings
    if (examples.filter((example) => example.kind === kind).length < EXAMPLES_OF_A_KIND)
      examples.push({ kind, multihash, offset })
  }
}

async function damagedIn(batch: SectionBatch): Promise<number[]> {
  const damaged: number[] = []
  for (let i = 0; i < batch.count; i++) {
    const matches = matchesOrUnknown(batch, i)
    if (!(typeof matches === 'boolean' ? matches : await matches)) damaged.push(i)
  }
  return damaged
}

/** No more than there is of it: what crosses to another thread is copied whole. */
function copyOf(batch: SectionBatch): SectionBatch {
  const { count } = batch
  return {
    count,
    bytes: batch.bytes.slice(),
    sectionOffset: batch.sectionOffset.slice(0, count),
    codec: batch.codec.slice(0, count),
    hashCode: batch.hashCode.slice(0, count),
    cidStart: batch.cidStart.slice(0, count),
    multihashStart: batch.multihashStart.slice(0, count),
    digestStart: batch.digestStart.slice(0, count),
    dataStart: batch.dataStart.slice(0, count),
    dataLength: batch.dataLength.slice(0, count),
    dataPresent: batch.dataPresent.slice(0, count),
  }
}

/** A hash function that is not known here cannot be called wrong. */
function matchesOrUnknown(batch: SectionBatch, i: number): boolean | Promise<boolean> {
  try {
    return sectionMatches(batch, i)
  } catch (error) {
    if (EngineError.is(error, 'UNSUPPORTED')) return true
    throw error
  }
}
