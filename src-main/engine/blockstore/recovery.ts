/**
 * Opens a CAR for writing: creates it, or finds out where an earlier writer stopped. Reads only until everything is
 * decided, so that a refusal leaves the file as it was. Spec: car-formats 7.2.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import {
  CARV2_HEADER_BYTES,
  CARV2_HEADER_OFFSET,
  CARV2_MIN_PAYLOAD_OFFSET,
  CARV2_PRAGMA,
  type CarLayout,
  type CarV2Header,
  carTruncated,
  decodeCarV2Header,
  encodeCarHeader,
  hasCarV2Pragma,
  isBlankCarV2Header,
  readCarLayout,
} from '../car/index.ts'
import { BlockTable } from './block-table.ts'
import { findEnd } from './find-end.ts'
import type { ReadWriteOptions, RecoveryReport } from './read-write-options.ts'
import { firstNonZero, readerOver, type WritableFile } from './writable-file.ts'

/** A CAR that is ready to be appended to. */
export interface OpenedCar {
  table: BlockTable
  roots: readonly CID[]
  payloadOffset: number
  /** Header and whole sections; the file ends with them. */
  payloadSize: number
  /** How much of the payload is durable. */
  syncedPayloadSize: number
  report: RecoveryReport
}

/** Creates the CAR where the file is empty, or holds no more than a cut creation; resumes it otherwise. */
export async function openOrRecover(file: WritableFile, options: ReadWriteOptions): Promise<OpenedCar> {
  const size = await file.size()
  const reader = readerOver(file, size)
  return size === 0 || (await isCutCreation(reader, options))
    ? create(file, options, size)
    : resume(file, reader, options)
}

async function create(file: WritableFile, options: ReadWriteOptions, oldSize: number): Promise<OpenedCar> {
  const header = encodeCarHeader(options.roots)
  const payloadOffset = newPayloadOffset(options)
  if (oldSize > 0) await file.truncate(0)
  if (options.carV1 !== true) await file.writeAt(CARV2_PRAGMA, 0)
  await file.writeAt(header, payloadOffset)
  await file.sync() // so that no section can last without what it stands behind
  return {
    table: newTable(options),
    roots: options.roots,
    payloadOffset,
    payloadSize: header.length,
    syncedPayloadSize: 0,
    report: {
      resumed: oldSize > 0,
      wasFinalized: false,
      blockCount: 0,
      cutBytes: oldSize,
      cutReason: oldSize > 0 ? 'torn-creation' : null,
      verifiedBlocks: 0,
    },
  }
}

async function resume(file: WritableFile, reader: RandomAccessReader, options: ReadWriteOptions): Promise<OpenedCar> {
  const start = await readStart(reader, options)
  const { layout } = start
  checkPadding(layout, options)
  checkRoots(layout.roots, options.roots)
  const table = newTable(options)
  const end = await findEnd(reader, { ...start, table }, options)
  // Everything is decided: from here on the file is changed.
  const newSize = layout.payloadOffset + end.offset
  const cutBytes = reader.size - newSize
  if (cutBytes > 0) await file.truncate(newSize)
  // What the earlier writer left may be in memory only. The cut must last before the header goes: a header that
  // points behind the end is recognized, an index without a header is not by every program.
  await file.sync()
  if (start.headerWritten) {
    await file.writeAt(new Uint8Array(CARV2_HEADER_BYTES), CARV2_HEADER_OFFSET)
    await file.sync()
  }
  return {
    table,
    roots: layout.roots,
    payloadOffset: layout.payloadOffset,
    payloadSize: end.offset,
    syncedPayloadSize: end.offset,
    report: {
      resumed: true,
      wasFinalized: start.finalized,
      blockCount: table.count,
      cutBytes,
      cutReason: end.reason ?? (cutBytes > 0 ? 'finalized-index' : null),
      verifiedBlocks: end.verifiedBlocks,
    },
  }
}

/** What the beginning of a file says about it. */
export interface CarStart {
  layout: CarLayout
  /** The CARv2 header is whole, and agrees with the file. */
  finalized: boolean
  /** The CARv2 header is not blank. */
  headerWritten: boolean
  /** End of the payload as the CARv2 header has it, from the payload's start; null where it says nothing. */
  announcedSize: number | null
}

async function readStart(reader: RandomAccessReader, options: ReadWriteOptions): Promise<CarStart> {
  const { signal } = options
  const prefix = new Uint8Array(Math.min(reader.size, CARV2_MIN_PAYLOAD_OFFSET))
  await reader.readAt(prefix, 0, signal)
  const isV2 = hasCarV2Pragma(prefix)
  if (!isV2 || options.carV1 === true) {
    const layout = await readCarLayout(reader, { signal, allowUnfinalized: true })
    if (options.carV1 !== true || layout.version !== 1) throw wrongVersion(layout.version)
    return { layout, finalized: false, headerWritten: false, announcedSize: null }
  }
  if (prefix.length < CARV2_MIN_PAYLOAD_OFFSET) throw carTruncated('its CARv2 header is cut', { offset: prefix.length })
  const headerBytes = prefix.subarray(CARV2_HEADER_OFFSET)
  const header = parseHeader(headerBytes)
  const headerWritten = !isBlankCarV2Header(headerBytes)
  if (header !== null && agreesWithFile(header, reader.size)) {
    const layout = await readCarLayout(reader, { signal })
    return { layout, finalized: true, headerWritten, announcedSize: layout.payloadSize }
  }
  if (header !== null && header.payloadOffset + header.payloadSize > reader.size && options.repair !== true)
    throw carTruncated(
      `its payload should reach to byte ${header.payloadOffset + header.payloadSize}, but the file has ${reader.size} bytes. Repair it to keep the blocks that are whole`,
      { offset: reader.size },
    )
  const layout = await readCarLayout(withBlankHeader(reader), { signal, allowUnfinalized: true })
  return { layout, finalized: false, headerWritten, announcedSize: header?.payloadSize ?? null }
}

function parseHeader(bytes: Uint8Array): CarV2Header | null {
  try {
    return decodeCarV2Header(bytes)
  } catch {
    return null // never written, or torn: the sections tell where the payload ends
  }
}

/** A header that was torn while it was written names a payload that is too short, or an index inside of it. */
function agreesWithFile(header: CarV2Header, fileSize: number): boolean {
  const payloadEnd = header.payloadOffset + header.payloadSize
  if (payloadEnd > fileSize) return false
  if (header.indexOffset === 0) return payloadEnd === fileSize
  return header.indexOffset >= payloadEnd && header.indexOffset <= fileSize
}

/** The same file as if it had never been finalized. */
function withBlankHeader(reader: RandomAccessReader): RandomAccessReader {
  return {
    size: reader.size,
    async readAt(into, position, signal) {
      const got = await reader.readAt(into, position, signal)
      const from = Math.max(CARV2_HEADER_OFFSET - position, 0)
      into.fill(0, from, Math.max(from, Math.min(CARV2_MIN_PAYLOAD_OFFSET - position, got)))
      return got
    },
    close: async () => {},
  }
}

/** Whether the file holds nothing but what `create` writes, and not all of it: what did not arrive is missing or zero. */
async function isCutCreation(reader: RandomAccessReader, options: ReadWriteOptions): Promise<boolean> {
  const header = encodeCarHeader(options.roots)
  const payloadOffset = newPayloadOffset(options)
  const pragma = options.carV1 === true ? new Uint8Array(0) : CARV2_PRAGMA
  if (reader.size > payloadOffset + header.length) return false
  const isPragma = await compare(reader, 0, pragma)
  const isHeader = await compare(reader, payloadOffset, header)
  if (isPragma === 'other' || isHeader === 'other' || (isPragma === 'whole' && isHeader === 'whole')) return false
  const next = await firstNonZero(reader, pragma.length, options.signal)
  return next === null || next >= payloadOffset
}

/** Whether all of `wanted` is at `position`, or a part of it and zeros, or something else. */
async function compare(
  reader: RandomAccessReader,
  position: number,
  wanted: Uint8Array,
): Promise<'whole' | 'part' | 'other'> {
  const bytes = new Uint8Array(wanted.length)
  const got = await reader.readAt(bytes, position)
  if (Buffer.compare(bytes, wanted) === 0 && got === wanted.length) return 'whole'
  return bytes.every((byte, i) => byte === 0 || byte === wanted[i]) ? 'part' : 'other'
}

function newTable(options: ReadWriteOptions): BlockTable {
  return new BlockTable(options.wholeCids === true ? 'cid' : 'multihash')
}

function newPayloadOffset(options: ReadWriteOptions): number {
  return options.carV1 === true ? 0 : CARV2_MIN_PAYLOAD_OFFSET + (options.dataPadding ?? 0)
}

function checkPadding(layout: CarLayout, options: ReadWriteOptions): void {
  if (options.carV1 === true || options.dataPadding === undefined) return
  const actual = layout.payloadOffset - CARV2_MIN_PAYLOAD_OFFSET
  if (actual === options.dataPadding) return
  throw new EngineError(
    'CAR_PADDING_MISMATCH',
    `This CAR has ${actual} bytes of padding in front of its payload, not ${options.dataPadding}: it was begun with another setting.`,
    {
      details: {
        expected: options.dataPadding,
        actual,
        goCar: `cannot resume from file with mismatched CARv1 offset; \`WithDataPadding\` option must match the padding on file. Expected padding value of ${actual} but got ${options.dataPadding}`,
      },
    },
  )
}

/** Roots are compared as a bag: their order says nothing, their number does. */
function checkRoots(actual: readonly CID[], expected: readonly CID[]): void {
  const names = (roots: readonly CID[]) => roots.map(String).sort().join(' ')
  if (names(actual) === names(expected)) return
  throw new EngineError(
    'CAR_ROOTS_MISMATCH',
    `This CAR was begun for other roots: it has ${listRoots(actual)}, not ${listRoots(expected)}.`,
    {
      details: {
        actual: names(actual),
        expected: names(expected),
        goCar: 'cannot resume on file with mismatching data header',
      },
    },
  )
}

function listRoots(roots: readonly CID[]): string {
  return roots.length === 0 ? 'no root' : roots.join(', ')
}

function wrongVersion(version: number): EngineError {
  return new EngineError(
    'CAR_VERSION',
    `This is a CARv${version}, which cannot be continued as the other version. Choose another file.`,
    { details: { version, goCar: `cannot resume on CAR file with version ${version}` } },
  )
}
