/**
 * Finds where the sections of an interrupted CAR end, and notes each in a table. Spec: car-formats 7.2, steps 4 and 5.
 *
 * A torn write leaves a prefix: that is cut without asking. Anything else is damage, and is cut only where the data was
 * never promised to last, or when the caller asks for repair.
 */
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import {
  type CarLayout,
  type CarLimits,
  carInvalid,
  carLimit,
  cidOf,
  DEFAULT_CAR_LIMITS,
  dataOf,
  IDENTITY_CODE,
  matchesMultihash,
  type SectionBatch,
  scanCar,
} from '../car/index.ts'
import { type BlockTable, MAX_TABLE_CID_BYTES } from './block-table.ts'
import { IndexRecognizer } from './index-recognizer.ts'
import type { CutReason, ReadWriteOptions } from './read-write-options.ts'
import { firstNonZero } from './writable-file.ts'

export interface InterruptedCar {
  layout: CarLayout
  /** The file was finalized: its end is known, and all of it was durable. */
  finalized: boolean
  /** Size of the payload as the CARv2 header has it; null where it says nothing. */
  announcedSize: number | null
  table: BlockTable
}

export interface EndOfSections {
  /** From the start of the payload: what follows is to be cut. */
  offset: number
  /** null where the sections end with the payload. */
  reason: CutReason | null
  verifiedBlocks: number
}

/** How much of the end is hashed when it is not known how much was durable. */
const UNKNOWN_TAIL_BYTES = 64 << 20

/** Fills the table with the sections that stay. Throws CAR_INVALID, CAR_TRUNCATED, CAR_LIMIT for what is not cut. */
export async function findEnd(
  reader: RandomAccessReader,
  car: InterruptedCar,
  options: ReadWriteOptions,
): Promise<EndOfSections> {
  const limits: CarLimits = { maxSectionBytes: options.maxSectionBytes, maxCidBytes: options.maxCidBytes }
  const recognizer = car.finalized || options.carV1 === true ? null : new IndexRecognizer(reader, car)
  const found = await collect(reader, car, limits, recognizer, options)
  const verified = await verifyTail(reader, car, found.offset, limits, options)
  return { ...found, ...verified }
}

async function collect(
  reader: RandomAccessReader,
  car: InterruptedCar,
  limits: CarLimits,
  recognizer: IndexRecognizer | null,
  options: ReadWriteOptions,
): Promise<{ offset: number; reason: CutReason | null }> {
  const scan = scanCar(reader, car.layout, { ...limits, signal: options.signal })
  try {
    for await (const batch of scan) {
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.sectionOffset[i] as number
        if (
          recognizer?.mayStartAt(batch.bytes, batch.cidStart[i] as number) === true &&
          (await recognizer.isIndexAt(offset))
        )
          return { offset, reason: 'unfinished-index' }
        addSection(car.table, batch, i, options)
      }
    }
    return { offset: car.layout.payloadSize, reason: null }
  } catch (error) {
    if (!isDamage(error)) throw error
    const offset = scan.position
    return { offset, reason: await cutReason(reader, car, offset, error, recognizer, options) }
  }
}

function addSection(table: BlockTable, batch: SectionBatch, i: number, options: ReadWriteOptions): void {
  const cidStart = batch.cidStart[i] as number
  const dataStart = batch.dataStart[i] as number
  const cidLength = dataStart - cidStart
  const most = Math.min(options.maxCidBytes ?? DEFAULT_CAR_LIMITS.maxCidBytes, MAX_TABLE_CID_BYTES)
  if (cidLength > most && (batch.hashCode[i] !== IDENTITY_CODE || options.storeIdentity === true))
    throw carLimit(`A CID of ${cidLength} bytes is longer than the ${most} bytes that an index takes.`, {
      goCar: `cid size is larger than max allowed (${cidLength} > ${most})`,
    })
  const multihashStart = (batch.multihashStart[i] as number) - cidStart
  const cid = batch.bytes.subarray(cidStart, dataStart)
  table.add(cid, multihashStart, batch.sectionOffset[i] as number, batch.dataLength[i] as number)
}

function isDamage(error: unknown): error is EngineError {
  return (
    EngineError.is(error, 'CAR_INVALID') || EngineError.is(error, 'CAR_TRUNCATED') || EngineError.is(error, 'CAR_LIMIT')
  )
}

/** Why the file may be cut at `offset`, where no whole section starts. Throws `error` where it may not. */
async function cutReason(
  reader: RandomAccessReader,
  car: InterruptedCar,
  offset: number,
  error: EngineError,
  recognizer: IndexRecognizer | null,
  options: ReadWriteOptions,
): Promise<CutReason> {
  const { payloadOffset, payloadSize } = car.layout
  const written = await firstNonZero(reader, payloadOffset + offset, options.signal)
  const zeros = Math.min((written ?? reader.size) - payloadOffset, payloadSize) - offset
  if (recognizer !== null && written !== null && (await recognizer.isIndexAt(offset + zeros))) return 'unfinished-index'
  if (zeros > 0 && options.zeroLengthSectionAsEnd === true) return 'padding'
  const promised = car.finalized || offset < (options.syncedPayloadSize ?? 0)
  if (!promised && zeros > 0 && offset + zeros === payloadSize) return 'zeros'
  if (!promised && error.code === 'CAR_TRUNCATED') return 'torn-section'
  if (mayCutDamage(car, offset, options)) return 'damaged'
  throw withRepairHint(error)
}

/**
 * Hashes the blocks that may not be durable. A bad one is cut with all behind it where it was never promised to last;
 * without that knowledge only when it is the last: a block further in was not torn but damaged.
 */
async function verifyTail(
  reader: RandomAccessReader,
  car: InterruptedCar,
  endOffset: number,
  limits: CarLimits,
  options: ReadWriteOptions,
): Promise<Partial<EndOfSections> & { verifiedBlocks: number }> {
  const { layout, table } = car
  const from = options.syncedPayloadSize ?? Math.max(0, endOffset - UNKNOWN_TAIL_BYTES)
  let entry = Math.min(table.firstAtOrAfter(from), table.count - 1)
  if (entry < 0) return { verifiedBlocks: 0 }
  const range = { from: table.offset(entry), to: endOffset, data: true, signal: options.signal }
  let verifiedBlocks = 0
  for await (const batch of scanCar(reader, layout, { ...limits, ...range })) {
    for (let i = 0; i < batch.count; i++, entry++) {
      if (await isSound(batch, i)) {
        verifiedBlocks++
        continue
      }
      const offset = table.offset(entry)
      const isTornLast = entry === table.count - 1 && !car.finalized && options.syncedPayloadSize === undefined
      if (!isTornLast && !mayCutDamage(car, offset, options))
        throw withRepairHint(damagedBlock(batch, i, layout, offset))
      table.truncate(entry)
      return { offset, reason: 'damaged', verifiedBlocks }
    }
  }
  return { verifiedBlocks }
}

function mayCutDamage(car: InterruptedCar, offset: number, options: ReadWriteOptions): boolean {
  if (options.repair === true || offset === car.announcedSize) return true
  return !car.finalized && options.syncedPayloadSize !== undefined && offset >= options.syncedPayloadSize
}

/** Whether a block hashes to its CID, as far as this can be computed. */
async function isSound(batch: SectionBatch, i: number): Promise<boolean> {
  try {
    return await matchesMultihash(cidOf(batch, i).multihash, dataOf(batch, i))
  } catch (error) {
    if (EngineError.is(error, 'UNSUPPORTED')) return true
    throw error
  }
}

function damagedBlock(batch: SectionBatch, i: number, layout: CarLayout, offset: number): EngineError {
  const position = layout.payloadOffset + offset
  return carInvalid(
    `Block ${cidOf(batch, i)} at byte ${position} of the CAR is damaged: its bytes do not hash to it.`,
    {
      offset: position,
    },
  )
}

function withRepairHint(error: EngineError): EngineError {
  return new EngineError(error.code, `${error.message} Repair the file to keep the blocks in front of that.`, {
    details: { ...error.details, repairable: true },
    cause: error,
  })
}
