/**
 * The rows of a damaged table. LevelDB's own repair trusts what it reads: keys that are out of order end the process,
 * and without its footer a table is given up. So rows are taken out of whole blocks, found by their checksums, and as
 * far as they make sense out of a damaged one.
 */
import { crc32cOver, unmaskedCrc32c } from './crc32c.ts'
import { expandSnappy } from './snappy.ts'
import {
  type Cursor,
  FOOTER_BYTES,
  type Handle,
  handlesOf,
  readHandle,
  readVarint,
  TAIL_BYTES,
} from './table-format.ts'

export interface TableRow {
  key: Uint8Array
  sequence: bigint
  isDeletion: boolean
  value: Uint8Array
}

/** Blocks hold 4 KiB and one row more. */
const LONGEST_BLOCK = 1024 * 1024

/** Where nothing says where the next block lies, it is looked for so far; blocks are usually much smaller. */
const LOOK_AHEAD = 8 * 1024

/** Each (key, sequence) once. */
export function* salvageTable(file: Buffer): Generator<TableRow, void, void> {
  let last: TableRow | null = null
  for (const block of blocksOf(file)) {
    for (const row of rowsOf(block)) {
      // Ascending keys, and of one key the newest first: what is not so was garbled.
      if (last !== null && !isAfter(row, last)) break
      yield row
      last = row
    }
  }
}

function isAfter(row: TableRow, before: TableRow): boolean {
  return (
    Buffer.compare(row.key, before.key) > 0 ||
    (row.sequence < before.sequence && Buffer.compare(row.key, before.key) === 0)
  )
}

/** The contents of the data blocks in their order. */
function* blocksOf(file: Buffer): Generator<Buffer, void, void> {
  const known = indexOf(file)
  const sizes = new Map(known.map(({ offset, size }) => [offset, size]))
  let first: Handle | null = null
  for (let at = 0; at < file.length; ) {
    const size = wholeBlockAt(file, at)
    if (size !== null) {
      const content = contentOf(file, { offset: at, size })
      if (first === null) first = { offset: at, size }
      // Behind the data lies the index, one of whose first rows points at the first block that is whole.
      if (content !== null && first.offset < at && isIndex(content, first)) return
      if (content !== null && (known.length === 0 || sizes.has(at))) yield content
      at += size + TAIL_BYTES
      continue
    }
    const garbled = sizes.get(at)
    const content = garbled === undefined ? null : contentOf(file, { offset: at, size: garbled })
    if (content !== null) yield content
    const next = known.find(({ offset }) => offset > at)?.offset ?? nextWholeBlock(file, at)
    if (next === null) return
    at = next
  }
}

/** What the index says of the blocks, as far as it can be read; whether that is true is seen at the blocks. */
function indexOf(file: Buffer): Handle[] {
  if (file.length < FOOTER_BYTES) return []
  const footer: Cursor = { bytes: file.subarray(file.length - FOOTER_BYTES), at: 0 }
  readHandle(footer)
  const content = contentOf(file, readHandle(footer))
  if (content === null) return []
  return [...handlesOf(content)].filter(({ offset, size }) => offset + size + TAIL_BYTES <= file.length)
}

/** The size of the block at `at`: where a checksum of all that is before it is found. */
function wholeBlockAt(file: Buffer, at: number, longest = LONGEST_BLOCK): number | null {
  let crc = 0xffffffff
  const end = Math.min(file.length - TAIL_BYTES, at + longest)
  for (let size = 0; at + size <= end; size++) {
    crc = crc32cOver(crc, file[at + size] ?? 0)
    const kind = file[at + size] ?? 0
    if (kind <= 1 && size >= 4 && unmaskedCrc32c(file.readUInt32LE(at + size + 1)) === ~crc >>> 0) return size
  }
  return null
}

function nextWholeBlock(file: Buffer, after: number): number | null {
  for (let at = after + 1; at < Math.min(file.length, after + LOOK_AHEAD); at++)
    if (wholeBlockAt(file, at, LOOK_AHEAD) !== null) return at
  return null
}

function contentOf(file: Buffer, { offset, size }: Handle): Buffer | null {
  if (offset + size + TAIL_BYTES > file.length || size < 4) return null
  const bytes = file.subarray(offset, offset + size)
  return file[offset + size] === 1 ? expandSnappy(bytes) : bytes
}

function isIndex(content: Buffer, { offset, size }: Handle): boolean {
  for (const found of handlesOf(content)) {
    if (found.offset === offset) return found.size === size
    if (found.offset > offset) return false
  }
  return false
}

function* rowsOf(content: Buffer): Generator<TableRow, void, void> {
  const restarts = content.readUInt32LE(content.length - 4)
  const end = content.length - 4 * (restarts + 1)
  const cursor = { bytes: content.subarray(0, Math.max(0, end)), at: 0 }
  let internal = Buffer.alloc(0)
  while (cursor.at < cursor.bytes.length) {
    const shared = readVarint(cursor)
    const ownBytes = readVarint(cursor)
    const valueBytes = readVarint(cursor)
    const valueAt = cursor.at + ownBytes
    if (shared > internal.length || valueAt + valueBytes > cursor.bytes.length) return
    internal = Buffer.concat([internal.subarray(0, shared), cursor.bytes.subarray(cursor.at, valueAt)])
    if (internal.length < 8) return
    const tag = internal.readBigUInt64LE(internal.length - 8)
    if ((tag & 0xffn) > 1n) return
    cursor.at = valueAt + valueBytes
    yield {
      key: internal.subarray(0, -8),
      sequence: tag >> 8n,
      isDeletion: (tag & 0xffn) === 0n,
      value: cursor.bytes.subarray(valueAt, cursor.at),
    }
  }
}
