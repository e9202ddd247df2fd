import type { CarInspection } from '../../../../src-shared/contract/index.ts'
import { EngineError, FileReader, type LongWorkOptions, type RandomAccessReader } from '../../base/index.ts'
import { INDEX_SORTED, indexCodecName, MULTIHASH_INDEX_SORTED } from '../car-index.ts'
import { type CarLayout, readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { type CarScan, scanCar } from '../car-scan.ts'
import { sectionMatches, sectionMismatch } from '../check-section.ts'
import { blockCodecName } from '../codec-name.ts'
import { IDENTITY_CODE, multihashName } from '../multihash.ts'
import { isReference, mayBeReference } from '../reference-section.ts'
import type { SectionBatch } from '../section-batch.ts'
import { MAX_VARINT_BYTES, scanVarint } from '../varint.ts'
import { isDamage } from '../verify/find-end.ts'
import { countZeros } from './count-zeros.ts'

export interface InspectOptions extends CarLimits, LongWorkOptions {
  /** Compare every block with its CID; BLOCK_MISMATCH for the first that is damaged. Default false. */
  full?: boolean
}

/**
 * What a CAR says of itself, from its headers and section heads. Zero padding behind the sections is counted, unless
 * `zeroLengthSectionAsEnd` is false. An unfinalized CARv2 is inspected as far as it goes. Damage is thrown.
 */
export async function inspectCar(
  source: string | RandomAccessReader,
  options: InspectOptions = {},
): Promise<CarInspection> {
  const reader = typeof source === 'string' ? FileReader.open(source) : source
  try {
    const layout = await readCarLayout(reader, { ...options, allowUnfinalized: true })
    return await inspectLayout(reader, layout, { zeroLengthSectionAsEnd: true, ...options })
  } finally {
    if (typeof source === 'string') await reader.close()
  }
}

async function inspectLayout(
  reader: RandomAccessReader,
  layout: CarLayout,
  options: InspectOptions,
): Promise<CarInspection> {
  const tally = new Tally(layout)
  const scan = scanCar(reader, layout, { ...options, data: options.full === true })
  try {
    for await (const batch of scan) {
      tally.add(batch)
      await findReferences(batch, reader, layout, tally)
      if (options.full === true) await checkBatch(batch, layout)
      options.onProgress?.({ phase: 'Reading', doneBytes: scan.position, totalBytes: layout.payloadSize })
    }
  } catch (error) {
    if (layout.finalized || !isDamage(error)) throw error // where writing has not ended, the end may be torn
  }
  return {
    version: layout.version,
    roots: layout.roots.map(String),
    ...tally.result(),
    payloadOffset: layout.payloadOffset,
    payloadBytes: layout.payloadSize,
    indexOffset: layout.indexOffset,
    indexCodec: await codecOfIndex(reader, layout, options.signal),
    fullyIndexed: layout.fullyIndexed,
    finalized: layout.finalized,
    trailingZeroBytes: await trailingZeros(reader, layout, scan, options),
  }
}

/** Counts sections by kind, without an object for each. */
class Tally {
  #blockCount = 0
  readonly #block = new Lengths()
  readonly #cid = new Lengths()
  readonly #codecs = new Map<number, number>()
  readonly #hashes = new Map<number, number>()
  readonly #missingRoots: Map<string, number>
  isReferenceCar = false

  constructor(layout: CarLayout) {
    const stored = layout.roots.filter((root) => root.multihash.code !== IDENTITY_CODE)
    this.#missingRoots = new Map(stored.map((root) => [Buffer.from(root.bytes).toString('latin1'), root.bytes.length]))
  }

  add(batch: SectionBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const cidLength = (batch.dataStart[i] as number) - (batch.cidStart[i] as number)
      this.#block.add(batch.dataLength[i] as number)
      this.#cid.add(cidLength)
      count(this.#codecs, batch.codec[i] as number)
      count(this.#hashes, batch.hashCode[i] as number)
      if (this.#missingRoots.size > 0) {
        const cid = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + (batch.cidStart[i] as number), cidLength)
        this.#missingRoots.delete(cid.toString('latin1'))
      }
    }
    this.#blockCount += batch.count
  }

  result() {
    return {
      rootsPresent: this.#missingRoots.size === 0,
      blockCount: this.#blockCount,
      blockLength: this.#block.result(this.#blockCount),
      cidLength: this.#cid.result(this.#blockCount),
      codecs: named(this.#codecs, blockCodecName),
      multihashes: named(this.#hashes, hashName),
      isReferenceCar: this.isReferenceCar,
    }
  }
}

class Lengths {
  #min = Number.POSITIVE_INFINITY
  #max = 0
  #sum = 0

  add(length: number): void {
    if (length < this.#min) this.#min = length
    if (length > this.#max) this.#max = length
    this.#sum += length
  }

  result(many: number): { min: number; mean: number; max: number } {
    return many === 0
      ? { min: 0, mean: 0, max: 0 }
      : { min: this.#min, mean: Math.floor(this.#sum / many), max: this.#max }
  }
}

function count(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function named(counts: Map<number, number>, name: (code: number) => string): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => a - b).map(([code, many]) => [name(code), many]))
}

function hashName(code: number): string {
  return code === IDENTITY_CODE ? 'identity' : (multihashName(code) ?? `0x${code.toString(16)}`)
}

/** One reference is enough to tell a reference CAR. */
async function findReferences(
  batch: SectionBatch,
  reader: RandomAccessReader,
  layout: CarLayout,
  tally: Tally,
): Promise<void> {
  for (let i = 0; i < batch.count && !tally.isReferenceCar; i++) {
    if (!mayBeReference(batch, i)) continue
    const whole = batch.dataPresent[i] === 1 ? { batch, at: i } : await readWhole(batch, i, reader, layout)
    if (isReference(whole.batch, whole.at) && !(await sectionMatches(whole.batch, whole.at)))
      tally.isReferenceCar = true
  }
}

/** A batch of the one section, with its data. */
async function readWhole(batch: SectionBatch, i: number, reader: RandomAccessReader, layout: CarLayout) {
  const from = batch.sectionOffset[i] as number
  for await (const whole of scanCar(reader, layout, { from, readBytes: 8192, data: true }))
    return { batch: whole, at: 0 }
  throw new EngineError('CAR_TRUNCATED', 'The CAR has become shorter while it was read.', {
    details: { offset: layout.payloadOffset + from },
  })
}

async function checkBatch(batch: SectionBatch, layout: CarLayout): Promise<void> {
  for (let i = 0; i < batch.count; i++) {
    const matches = sectionMatches(batch, i)
    if (matches === true || (await matches) || isReference(batch, i)) continue
    throw sectionMismatch(batch, i, layout.payloadOffset + (batch.sectionOffset[i] as number))
  }
}

/** By name where it is known; whether the index is good is not looked at. */
async function codecOfIndex(
  reader: RandomAccessReader,
  layout: CarLayout,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  if (layout.indexOffset === null) return null
  const bytes = new Uint8Array(Math.min(MAX_VARINT_BYTES, reader.size - layout.indexOffset))
  await reader.readAt(bytes, layout.indexOffset, signal)
  const codec = scanVarint(bytes, 0, bytes.length)
  if (codec < 0) return 'unreadable'
  return codec === INDEX_SORTED || codec === MULTIHASH_INDEX_SORTED ? indexCodecName(codec) : `0x${codec.toString(16)}`
}

async function trailingZeros(
  reader: RandomAccessReader,
  layout: CarLayout,
  scan: CarScan,
  options: InspectOptions,
): Promise<number> {
  if (scan.end?.atZeroSection !== true) return 0
  const from = layout.payloadOffset + scan.end.offset
  return countZeros(reader, from, layout.payloadOffset + layout.payloadSize, options.signal)
}
