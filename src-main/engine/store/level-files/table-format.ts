/** What reading a table of LevelDB (table_format.md) needs, whether it is whole or not. */
export const FOOTER_BYTES = 48
/** Behind each block: its compression and its checksum. */
export const TAIL_BYTES = 5

/** Where a block lies; its size is without the tail. */
export interface Handle {
  offset: number
  size: number
}

export interface Cursor {
  bytes: Buffer
  at: number
}

export function readHandle(cursor: Cursor): Handle {
  return { offset: readVarint(cursor), size: readVarint(cursor) }
}

/** What lies past the end reads as zero; the checksums then say that it is wrong. */
export function readVarint(cursor: Cursor): number {
  let value = 0
  for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
    const byte = cursor.bytes[cursor.at++] ?? 0
    value += (byte & 0x7f) * factor
    if (byte < 0x80) break
  }
  return value
}

/** The data blocks that an index block points at. */
export function* handlesOf(content: Buffer): Generator<Handle, void, void> {
  const restarts = content.readUInt32LE(content.length - 4)
  const cursor = { bytes: content.subarray(0, Math.max(0, content.length - 4 * (restarts + 1))), at: 0 }
  while (cursor.at < cursor.bytes.length) {
    readVarint(cursor) // shared with the key before
    const keyBytes = readVarint(cursor)
    const valueBytes = readVarint(cursor)
    const valueAt = cursor.at + keyBytes
    cursor.at = valueAt
    yield readHandle(cursor)
    cursor.at = valueAt + valueBytes
  }
}
