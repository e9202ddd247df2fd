import { EngineError, FileReader } from '../../base/index.ts'
import { type BitRange, decodeRlePlus } from './rle-plus.ts'

/**
 * An unsealed sector file: as many bytes as the sector has, fr32-padded; the allocated ones as RLE+; and the length of
 * that in 4 bytes, little-endian. That the file exists says nothing: what is not allocated is a hole.
 */
export interface UnsealedSector {
  /** Over the whole file. */
  readonly reader: FileReader
  readonly sectorSize: number
  /** Whether all of a range (padded bytes) is allocated. */
  has(offset: number, length: number): boolean
}

const LENGTH_BYTES = 4
/** Lotus itself takes no trailer beyond 1 MiB. */
const MAX_TRAILER_BYTES = 1024 * 1024
/** From 2 KiB (test networks) to 64 GiB. */
const MIN_SECTOR_LOG2 = 11
const MAX_SECTOR_LOG2 = 36

/** Opens and checks an unsealed sector file. STORE_CORRUPT when its parts do not add up (torn, or no such file at all). */
export async function openUnsealedSector(path: string): Promise<UnsealedSector> {
  const reader = FileReader.open(path)
  try {
    const { sectorSize, allocated } = readTrailer(reader)
    return {
      reader,
      sectorSize,
      has: (offset, length) => allocated.some(({ start, end }) => start <= offset && offset + length <= end),
    }
  } catch (error) {
    await reader.close()
    throw error
  }
}

function readTrailer(reader: FileReader): { sectorSize: number; allocated: BitRange[] } {
  const length = new DataView(read(reader, reader.size - LENGTH_BYTES, LENGTH_BYTES).buffer).getUint32(0, true)
  const sectorSize = reader.size - LENGTH_BYTES - length
  if (length > MAX_TRAILER_BYTES || !isSectorSize(sectorSize))
    throw damaged(reader, `it has ${reader.size} bytes, ${length} of which should be its trailer`)
  const allocated = decodeRlePlus(read(reader, sectorSize, length))
  if (allocated === null || (allocated.at(-1)?.end ?? 0) > sectorSize)
    throw damaged(reader, 'its trailer does not say what is allocated')
  return { sectorSize, allocated }
}

function read(reader: FileReader, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  if (position < 0 || reader.readAtSync(bytes, position) < length) throw damaged(reader, 'it is too short')
  return bytes
}

function isSectorSize(sizeBytes: number): boolean {
  const log2 = Math.log2(sizeBytes)
  return Number.isInteger(log2) && log2 >= MIN_SECTOR_LOG2 && log2 <= MAX_SECTOR_LOG2
}

function damaged(reader: FileReader, why: string): EngineError {
  return new EngineError('STORE_CORRUPT', `${reader.path} is not a whole unsealed sector: ${why}.`, {
    details: { path: reader.path },
  })
}
