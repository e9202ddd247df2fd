/**
 * Answers "is this CAR any good?": structure, every hash, roots, completeness of the DAGs, index against payload,
 * padding. Reads the file once (small parts of it again), hashes on all threads, and needs memory only for digests.
 */
import {
  EngineError,
  FileReader,
  type LongWorkOptions,
  othersRun,
  TaskQueue,
  type TaskRunner,
} from '../../base/index.ts'
import { INDEX_SORTED } from '../car-index.ts'
import { type CarLayout, readCarLayout, readDamagedLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { buildIndex } from '../generate-index.ts'
import { type IndexTable, readIndexTable } from '../index-buckets.ts'
import { IndexBuilder } from '../index-builder.ts'
import { IDENTITY_CODE } from '../multihash.ts'
import type { PackedMultihashes } from '../multihash-list.ts'
import { countZeros } from '../ops/count-zeros.ts'
import { type CarProblem, type CarVerification, MAX_LISTED } from './car-verification.ts'
import { compareIndex, isSameIndex } from './compare-index.ts'
import { findPayloadEnd, type PayloadEnd } from './find-end.ts'
import { findMissing, linkTo, type MissingBlock } from './missing-blocks.ts'
import { reachableMissing } from './reachable-missing.ts'
import { verdictText } from './verdict-text.ts'
import type { RangeReport } from './verify-range.ts'
import { limitsOf, verifyRanges } from './verify-ranges.ts'

export interface VerifyOptions extends CarLimits, LongWorkOptions {
  /** Digests held in memory before they are put aside in a temporary file. Default 256 MiB. */
  memoryBytes?: number
}

const MEMORY_BYTES = 256 * 1024 * 1024
const RECORDS_AT_ONCE = 20_000

/**
 * Checks a CAR file. Damage is not thrown but reported; thrown are a file that cannot be read, and CANCELLED. Zero
 * padding behind the sections is taken as that of a piece, unless `zeroLengthSectionAsEnd` is false. The blocks of a
 * reference CAR's leaves are not in the file and are not checked.
 */
export async function verifyCar(
  path: string,
  tasks: TaskRunner,
  options: VerifyOptions = {},
): Promise<CarVerification> {
  const reader = FileReader.open(path)
  const verifier = new Verifier(reader, tasks, { zeroLengthSectionAsEnd: true, ...options })
  try {
    return await verifier.run()
  } finally {
    verifier.close()
    await reader.close()
  }
}

class Verifier {
  readonly #reader: FileReader
  readonly #tasks: TaskRunner
  readonly #options: VerifyOptions
  /** Every block, identity CIDs included. */
  readonly #present: IndexBuilder
  /** Every link, with the section it stands in. */
  readonly #wanted: IndexBuilder
  readonly #problems: CarProblem[] = []
  /** Reports of the threads are taken in one by one. */
  readonly #reports = new TaskQueue()
  #problemCount = 0
  #blockCount = 0
  #references = 0
  #opaque = 0
  #trailingZeros = 0

  constructor(reader: FileReader, tasks: TaskRunner, options: VerifyOptions) {
    this.#reader = reader
    this.#tasks = tasks
    this.#options = options
    const memoryBytes = (options.memoryBytes ?? MEMORY_BYTES) / 2
    this.#present = new IndexBuilder({ memoryBytes })
    this.#wanted = new IndexBuilder({ memoryBytes })
  }

  close(): void {
    this.#present.close()
    this.#wanted.close()
  }

  async run(): Promise<CarVerification> {
    const layout = await this.#readLayout()
    if (layout === null) return this.#unreadable()
    const end = await this.#findEnd(layout)
    await this.#checkBlocks(layout, end)
    this.#trailingZeros = await this.#checkTail(layout, end)
    const missingRoots = await this.#findMissingRoots(layout)
    const index = await this.#checkIndex(layout, end)
    const dag = await this.#checkDag(layout, missingRoots.length === 0)
    const facts = {
      path: this.#reader.path,
      version: layout.version,
      roots: layout.roots.map(String),
      missingRoots,
      blockCount: this.#blockCount,
      payloadBytes: layout.payloadSize,
      fileBytes: layout.fileSize,
      trailingZeroBytes: this.#trailingZeros,
      dagComplete: dag.complete,
      missingBlocks: dag.missing,
      index,
      problems: this.#problems,
      repairs: repairsOf(layout, end, index),
    }
    const ok = this.#problemCount === 0
    const counts = {
      problemCount: this.#problemCount,
      missingCount: dag.missingCount,
      references: this.#references,
      opaque: this.#opaque,
    }
    return { ok, verdict: verdictText(ok, facts, counts), ...facts }
  }

  /** null when not even the header can be read. */
  async #readLayout(): Promise<CarLayout | null> {
    try {
      const layout = await readCarLayout(this.#reader, this.#options)
      if (layout.roots.length === 0)
        this.#addProblem({
          code: 'CAR_INVALID',
          message: 'The CAR has no roots: it does not say what it holds.',
          offset: 0,
        })
      return layout
    } catch (error) {
      if (
        !EngineError.is(error) ||
        (error.kind !== 'corrupt' && error.kind !== 'limit' && error.code !== 'CAR_VERSION')
      )
        throw error
      this.#addError(error)
      return readDamagedLayout(this.#reader, this.#options)
    }
  }

  async #findEnd(layout: CarLayout): Promise<PayloadEnd> {
    if (!layout.finalized) {
      const end = await findPayloadEnd(this.#reader, layout, this.#options)
      if (end.leftover === 'torn' && end.damage !== null) this.#addError(end.damage)
      return end
    }
    // Found while the blocks are checked.
    return { offset: layout.payloadSize, leftover: 'nothing', damage: null }
  }

  /** Hashes the blocks up to the end, which it moves to the damage or padding it meets. */
  async #checkBlocks(layout: CarLayout, end: PayloadEnd): Promise<void> {
    const found = await verifyRanges(layout, {
      ...limitsOf(this.#options),
      signal: this.#options.signal,
      onProgress: this.#options.onProgress,
      tasks: this.#tasks,
      path: this.#reader.path,
      endOffset: end.offset,
      onBlocks: (blocks) => addAll(this.#present, blocks),
      onReport: (report) => this.#reports.run(() => this.#addReport(report)),
    })
    if (found.damage !== null) this.#addError(found.damage)
    if (found.damage !== null || found.offset < end.offset) {
      end.offset = found.offset
      end.leftover = found.damage === null ? 'zeros' : 'torn'
      end.damage = found.damage
    }
    this.#problems.sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0))
  }

  async #addReport(report: RangeReport): Promise<void> {
    this.#blockCount += report.blockCount
    this.#references += report.references
    this.#opaque += report.opaque
    this.#problemCount += report.problemCount - report.problems.length
    for (const problem of report.problems) this.#addProblem(problem)
    await addAll(this.#wanted, report.links)
  }

  /** Nothing but zeros may follow the sections, the payload and the index. Returns how many there are. */
  async #checkTail(layout: CarLayout, end: PayloadEnd): Promise<number> {
    const payloadEnd = layout.payloadOffset + layout.payloadSize
    let zeros = 0
    if (end.leftover === 'zeros')
      zeros = await this.#zerosBetween(layout.payloadOffset + end.offset, payloadEnd, 'the zero bytes after the blocks')
    if (layout.version === 2 && layout.finalized && layout.indexOffset === null)
      zeros += await this.#zerosBetween(payloadEnd, layout.fileSize, 'the payload')
    return zeros
  }

  async #zerosBetween(from: number, to: number, behindWhat: string): Promise<number> {
    const zeros = await countZeros(this.#reader, from, to, this.#options.signal)
    if (from + zeros < to)
      this.#addProblem({
        code: 'CAR_INVALID',
        message: `Behind ${behindWhat} there are ${to - from - zeros} bytes that belong to nothing.`,
        offset: from + zeros,
      })
    return zeros
  }

  async #findMissingRoots(layout: CarLayout): Promise<string[]> {
    const roots = new IndexBuilder()
    layout.roots.forEach((root, i) => {
      if (root.multihash.code !== IDENTITY_CODE) roots.add(root.multihash.bytes, i)
    })
    const missing = await findMissing(this.#present.sortedBuckets(), roots.sortedBuckets(), this.#references > 0)
    roots.close()
    const names = missing.map(({ source }) => String(layout.roots[source])).sort()
    if (names.length > 0)
      this.#addProblem({
        code: 'BLOCK_NOT_FOUND',
        message: `The CAR does not hold ${names.length === 1 ? `its root ${names[0]}` : `${names.length} of its roots`}.`,
        offset: layout.payloadOffset,
      })
    return names.slice(0, MAX_LISTED)
  }

  async #checkIndex(layout: CarLayout, end: PayloadEnd): Promise<CarVerification['index']> {
    if (layout.indexOffset === null) return 'absent'
    let table: IndexTable
    try {
      table = await readIndexTable(this.#reader, layout.indexOffset, layout.fileSize, this.#options.signal)
    } catch (error) {
      if (!EngineError.is(error, 'INDEX_INVALID')) throw error
      this.#addError(error)
      return 'unreadable'
    }
    const indexEnd = layout.indexOffset + table.byteLength
    this.#trailingZeros += await this.#zerosBetween(indexEnd, layout.fileSize, 'the index')
    const { unfindable, astray } = await this.#compareIndex(layout, layout.indexOffset, table, end)
    if (unfindable === 0 && astray === 0) return 'ok'
    this.#addProblem({
      code: 'INDEX_INVALID',
      message: `The index does not fit the blocks: ${unfindable} cannot be found through it, and ${astray} of its entries are wrong.`,
      offset: layout.indexOffset,
    })
    return 'wrong'
  }

  async #compareIndex(layout: CarLayout, position: number, table: IndexTable, end: PayloadEnd) {
    const identityWanted = layout.fullyIndexed
    if (table.codec !== INDEX_SORTED) {
      for (const identity of identityWanted ? [true] : [false, true])
        if (await isSameIndex(this.#reader, position, this.#present.encode({ identity })))
          return { unfindable: 0, astray: 0 }
      return compareIndex(this.#reader, table.buckets, this.#present.sortedBuckets(), identityWanted)
    }
    // It mixes hash functions, so the records are wanted in another order: with identity CIDs, and else without.
    const payload = { ...layout, payloadSize: end.offset }
    let result = { unfindable: 0, astray: 0 }
    for (const includeIdentity of identityWanted ? [true] : [true, false]) {
      const { builder } = await buildIndex(this.#reader, payload, {
        ...limitsOf(this.#options),
        codec: INDEX_SORTED,
        includeIdentity,
        maxCidBytes: Infinity,
        signal: this.#options.signal,
      })
      result = await compareIndex(this.#reader, table.buckets, builder.sortedBuckets(), true)
      builder.close()
      if (result.unfindable === 0 && result.astray === 0) break
    }
    return result
  }

  async #checkDag(
    layout: CarLayout,
    hasRoots: boolean,
  ): Promise<{ complete: boolean | null; missing: string[]; missingCount: number }> {
    const all = await findMissing(this.#present.sortedBuckets(), this.#wanted.sortedBuckets(), this.#references > 0)
    const missing =
      all.length === 0 ? all : await reachableMissing(this.#reader, layout, this.#present, all, this.#options)
    const names = await this.#nameMissing(layout, missing.slice(0, MAX_LISTED))
    const isKnown = layout.roots.length > 0 && this.#opaque === 0
    const complete = missing.length > 0 || !hasRoots ? false : isKnown ? true : null
    return { complete, missing: names, missingCount: missing.length }
  }

  async #nameMissing(layout: CarLayout, missing: readonly MissingBlock[]): Promise<string[]> {
    const names: string[] = []
    for (const block of missing) {
      const cid = await linkTo(this.#reader, layout, block, limitsOf(this.#options))
      if (cid !== null) names.push(cid.toString())
    }
    return names
  }

  #addError(error: EngineError): void {
    const { offset } = error.details
    this.#addProblem({ code: error.code, message: error.message, offset: typeof offset === 'number' ? offset : null })
  }

  #addProblem(problem: CarProblem): void {
    this.#problemCount++
    if (this.#problems.length < MAX_LISTED) this.#problems.push(problem)
  }

  #unreadable(): CarVerification {
    const facts = {
      path: this.#reader.path,
      version: null,
      roots: [],
      missingRoots: [],
      blockCount: 0,
      payloadBytes: 0,
      fileBytes: this.#reader.size,
      trailingZeroBytes: 0,
      dagComplete: null,
      missingBlocks: [],
      index: 'absent' as const,
      problems: this.#problems,
      repairs: [],
    }
    return {
      ok: false,
      verdict: `This is not a CAR that can be read. ${this.#problems[0]?.message ?? ''} If it should be one, get it again from where it came.`,
      ...facts,
    }
  }
}

function repairsOf(layout: CarLayout, end: PayloadEnd, index: CarVerification['index']): CarVerification['repairs'] {
  const repairs: CarVerification['repairs'] = []
  const isCut = end.offset < layout.payloadSize && (!layout.finalized || end.leftover === 'torn')
  if (isCut) repairs.push('truncate')
  if (index === 'wrong' || index === 'unreadable') repairs.push('rebuild-index')
  if (!layout.finalized) repairs.push('finalize')
  return repairs
}

/** A little at a time, so that others may run. */
async function addAll(builder: IndexBuilder, all: PackedMultihashes): Promise<void> {
  for (let from = 0; from < all.count; from += RECORDS_AT_ONCE) {
    builder.addPacked(all, from, Math.min(all.count, from + RECORDS_AT_ONCE))
    await othersRun()
  }
  await builder.makeRoom()
}
