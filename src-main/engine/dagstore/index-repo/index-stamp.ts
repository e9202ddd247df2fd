import { crc32 } from 'node:zlib'
import type { FileReader } from '../../base/index.ts'

/** By which an index file is known to be the one that was made. */
export interface IndexStamp {
  crc: number
  /** Whole milliseconds: a file of this time is taken for the same without being read. */
  mtimeMs: number
}

const READ_BYTES = 4 * 1024 * 1024

/** Synchronously: made for worker threads, and for files that are small. */
export function stampOf(file: FileReader): IndexStamp {
  const buffer = Buffer.alloc(Math.min(READ_BYTES, Math.max(1, file.size)))
  let crc = 0
  for (let at = 0; at < file.size; ) {
    const got = file.readAtSync(buffer.subarray(0, Math.min(buffer.length, file.size - at)), at)
    if (got === 0) break
    crc = crc32(buffer.subarray(0, got), crc)
    at += got
  }
  return { crc, mtimeMs: Math.round(file.mtimeMs) }
}

/** Times may have been copied less exactly than they were. */
export function hasTimeOf(file: FileReader, stamp: IndexStamp): boolean {
  return Math.abs(file.mtimeMs - stamp.mtimeMs) < 1
}

export function encodeStamp({ crc, mtimeMs }: IndexStamp): Uint8Array {
  return Buffer.from(JSON.stringify([crc, mtimeMs]))
}

/** null for a damaged row, too: the index is then taken as it is. */
export function decodeStamp(value: Uint8Array | undefined): IndexStamp | null {
  if (value === undefined) return null
  try {
    const [crc, mtimeMs] = JSON.parse(Buffer.from(value).toString()) as [number, number]
    return Number.isSafeInteger(crc) && Number.isSafeInteger(mtimeMs) ? { crc, mtimeMs } : null
  } catch {
    return null
  }
}
