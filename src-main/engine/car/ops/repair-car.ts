/** Makes a good copy of a damaged CAR. The original is never touched. */
import { AtomicFileWriter, EngineError, FileReader, type LongWorkOptions } from '../../base/index.ts'
import { INDEX_SORTED, type IndexCodec } from '../car-index.ts'
import { type CarLayout, readCarLayout, readDamagedLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import { CARV2_MIN_PAYLOAD_OFFSET } from '../car-v2-header.ts'
import { sectionMatches } from '../check-section.ts'
import { readIndexTable } from '../index-buckets.ts'
import { IDENTITY_CODE } from '../multihash.ts'
import { isReference } from '../reference-section.ts'
import type { SectionBatch } from '../section-batch.ts'
import { findPayloadEnd, type PayloadEnd } from '../verify/find-end.ts'
import { copyRange } from './copy-range.ts'
import { writeWrapped } from './wrap-car.ts'

export type RepairAction = 'truncate' | 'rebuild-index' | 'finalize'

export interface RepairedCar {
  /** What was done; in a CARv2 the index is always built again. */
  actions: RepairAction[]
  blockCount: number
  /** Bytes of the payload that were left out: a torn section, what an interrupted writer left, zeros. */
  cutBytes: number
}

/**
 * Writes to `outPath` a CAR with all the good blocks in front of the first damage: cut behind the last whole section,
 * with a new index and header where it is a CARv2. Roots stay. Zero padding of a finalized file stays. Blocks inside that do
 * not hash to their CID are kept (verify names them); only the very last block of an unfinalized file is checked, as a
 * write may have been torn there. Throws what `readCarLayout` throws when not even the CARv1 header can be read.
 */
export async function repairCar(
  path: string,
  outPath: string,
  options: CarLimits & LongWorkOptions = {},
): Promise<RepairedCar> {
  const reader = FileReader.open(path)
  const limits = { zeroLengthSectionAsEnd: true, ...options }
  try {
    const layout = await readAnyLayout(reader, limits)
    const found = await findPayloadEnd(reader, layout, limits)
    const end = layout.finalized ? found : await withoutTornBlock(reader, layout, found, limits)
    const keepsPadding = layout.finalized && end.leftover === 'zeros' && end.damage === null
    const payloadSize = keepsPadding ? layout.payloadSize : end.offset
    const cutBytes = layout.payloadSize - payloadSize
    const actions: RepairAction[] = cutBytes > 0 ? ['truncate'] : []
    if (layout.version === 2) actions.push(layout.finalized ? 'rebuild-index' : 'finalize')
    const repaired = { ...layout, payloadSize }
    return { actions, blockCount: await writeCopy(reader, repaired, outPath, limits), cutBytes }
  } finally {
    await reader.close()
  }
}

async function readAnyLayout(reader: FileReader, limits: CarLimits): Promise<CarLayout> {
  try {
    return await readCarLayout(reader, limits)
  } catch (error) {
    const layout = await readDamagedLayout(reader, limits)
    if (layout === null) throw error
    return layout
  }
}

/** The end moved in front of the last block when that was not written whole. */
async function withoutTornBlock(
  reader: FileReader,
  layout: CarLayout,
  end: PayloadEnd,
  options: CarLimits & { signal?: AbortSignal },
): Promise<PayloadEnd> {
  let last = -1
  for await (const batch of scanCar(reader, layout, { ...options, to: end.offset }))
    last = batch.sectionOffset[batch.count - 1] as number
  if (last < 0) return end
  for await (const batch of scanCar(reader, layout, { ...options, from: last, to: end.offset, data: true })) {
    if (isReference(batch, 0) || (await isSound(batch))) return end
  }
  return { offset: last, leftover: 'torn', damage: null }
}

/** A hash function that is not known proves nothing. */
async function isSound(batch: SectionBatch): Promise<boolean> {
  try {
    return await sectionMatches(batch, 0)
  } catch (error) {
    if (EngineError.is(error, 'UNSUPPORTED')) return true
    throw error
  }
}

/** Returns the number of blocks in the copy. */
async function writeCopy(
  reader: FileReader,
  layout: CarLayout,
  outPath: string,
  options: CarLimits & LongWorkOptions,
): Promise<number> {
  if (layout.version === 2) {
    const written = await writeWrapped(reader, layout, outPath, {
      ...options,
      ...(await indexKind(reader, layout, options)),
      dataPadding: layout.payloadOffset - CARV2_MIN_PAYLOAD_OFFSET,
    })
    return written.blockCount ?? 0
  }
  const blockCount = await countBlocks(reader, layout, options)
  const file = await AtomicFileWriter.create(outPath)
  try {
    await copyRange(reader, { offset: 0, length: layout.payloadSize }, file, options)
    await file.commit()
  } catch (error) {
    await file.discard()
    throw error
  }
  return blockCount
}

async function countBlocks(
  reader: FileReader,
  layout: CarLayout,
  options: CarLimits & LongWorkOptions,
): Promise<number> {
  let blockCount = 0
  for await (const batch of scanCar(reader, layout, options)) blockCount += batch.count
  return blockCount
}

/** The kind of index the file had, where that can still be told. */
async function indexKind(
  reader: FileReader,
  layout: CarLayout,
  options: CarLimits & LongWorkOptions,
): Promise<{ codec?: IndexCodec; includeIdentity: boolean }> {
  if (layout.indexOffset === null) return { includeIdentity: layout.fullyIndexed }
  try {
    const { codec, buckets, recordCount } = await readIndexTable(reader, layout.indexOffset, layout.fileSize)
    const hadIdentity =
      codec === INDEX_SORTED // which does not tell hash functions apart
        ? recordCount === (await countBlocks(reader, layout, options))
        : buckets.some(({ hashCode }) => hashCode === IDENTITY_CODE)
    return { codec, includeIdentity: layout.fullyIndexed || hadIdentity }
  } catch (error) {
    if (!EngineError.is(error, 'INDEX_INVALID')) throw error
    return { includeIdentity: layout.fullyIndexed }
  }
}
