import { maskedCrc32c } from './crc32c.ts'

const BLOCK_BYTES = 32 * 1024
const HEAD_BYTES = 7
/** Kinds of fragments. */
const FULL = 1
const FIRST = 2
const MIDDLE = 3
const LAST = 4

export interface LevelLog {
  /** Whole records, in their order; what lies between damages, too. */
  records: Uint8Array[]
  /** The last record was cut off, as by a power cut. */
  isTorn: boolean
  /** Where something is wrong that no crash explains, the first of it; null where nothing is. */
  damagedAt: number | null
}

/** Reads a journal or MANIFEST (LevelDB's log_format.md): blocks of 32 KiB, fragments with a checksum each. */
export function readLevelLog(file: Buffer): LevelLog {
  const records: Uint8Array[] = []
  let fragments: Uint8Array[] = []
  let damagedAt: number | null = null
  let at = 0
  while (at < file.length) {
    const fragment = fragmentAt(file, at)
    if (fragment === 'padding') at = nextBlock(at)
    else if (fragment === 'unused') break
    else if (fragment === 'torn') return { records, damagedAt, isTorn: true }
    else if (fragment === 'damaged') {
      damagedAt ??= at
      fragments = []
      at = afterDamage(file, at)
    } else {
      const { type, payload } = fragment
      const begins = type === FULL || type === FIRST
      if (!begins && fragments.length === 0) damagedAt ??= at // its beginning is missing
      // What was begun and not ended is followed by whole records, and was never promised to anybody.
      if (begins) fragments = []
      if (begins || fragments.length > 0) fragments.push(payload)
      if ((type === FULL || type === LAST) && fragments.length > 0) {
        records.push(fragments.length === 1 ? payload : Buffer.concat(fragments))
        fragments = []
      }
      at += HEAD_BYTES + payload.length
    }
  }
  return { records, damagedAt, isTorn: fragments.length > 0 }
}

type Fragment = { type: number; payload: Uint8Array } | 'padding' | 'unused' | 'torn' | 'damaged'

function fragmentAt(file: Buffer, at: number): Fragment {
  const leftInBlock = nextBlock(at) - at
  if (leftInBlock < HEAD_BYTES) return 'padding'
  if (isZeroFrom(file, at)) return 'unused' // space taken in advance
  if (file.length - at < HEAD_BYTES) return 'torn'
  const length = file.readUInt16LE(at + 4)
  const type = file[at + 6] ?? 0
  const end = at + HEAD_BYTES + length
  if (HEAD_BYTES + length > leftInBlock || type < FULL || type > LAST) return 'damaged'
  if (end > file.length) return 'torn'
  if (maskedCrc32c(file.subarray(at + 6, end)) !== file.readUInt32LE(at)) return 'damaged'
  return { type, payload: file.subarray(at + HEAD_BYTES, end) }
}

/** Behind the damaged fragment where the next one is whole, as when only its content is damaged; else the next block. */
function afterDamage(file: Buffer, at: number): number {
  const next = at + HEAD_BYTES + (at + HEAD_BYTES <= file.length ? file.readUInt16LE(at + 4) : 0)
  const isWhole = next < file.length && typeof fragmentAt(file, next) === 'object'
  return isWhole && next < nextBlock(at) ? next : nextBlock(at)
}

function nextBlock(at: number): number {
  return at - (at % BLOCK_BYTES) + BLOCK_BYTES
}

/** Puts records into the form of a journal. */
export function writeLevelLog(records: Iterable<Uint8Array>): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const record of records) {
    for (let taken = 0, isFirst = true, isLast = false; !isLast; ) {
      const room = nextBlock(at) - at - HEAD_BYTES
      if (room < 0) {
        parts.push(Buffer.alloc(room + HEAD_BYTES))
        at = nextBlock(at)
        continue
      }
      const piece = record.subarray(taken, taken + room)
      isLast = taken + piece.length === record.length
      parts.push(fragmentOf(isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE, piece))
      at += HEAD_BYTES + piece.length
      taken += piece.length
      isFirst = false
    }
  }
  return Buffer.concat(parts)
}

function fragmentOf(type: number, payload: Uint8Array): Buffer {
  const fragment = Buffer.alloc(HEAD_BYTES + payload.length)
  fragment.writeUInt16LE(payload.length, 4)
  fragment[6] = type
  fragment.set(payload, HEAD_BYTES)
  fragment.writeUInt32LE(maskedCrc32c(fragment.subarray(6)), 0)
  return fragment
}

function isZeroFrom(file: Buffer, at: number): boolean {
  // A fragment never begins with a checksum, length and type of zero: most calls end here.
  for (let i = at; i < file.length; i++) if (file[i] !== 0) return false
  return true
}
