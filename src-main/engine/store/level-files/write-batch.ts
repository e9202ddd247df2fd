import type { TableRow } from './salvage-table.ts'

const HEAD_BYTES = 12

/** The numbers of the first change and of the one after the last in a record of a journal (write_batch.cc); null for none. */
export function sequencesOf(record: Uint8Array): { first: bigint; next: bigint } | null {
  if (record.length < HEAD_BYTES) return null
  const head = Buffer.from(record.buffer, record.byteOffset, HEAD_BYTES)
  const first = head.readBigUInt64LE(0)
  return { first, next: first + BigInt(head.readUInt32LE(8)) }
}

/** Those whose changes come after the ones before: the same change twice ends the process that reads the journal. */
export function ascending(records: Uint8Array[]): Uint8Array[] {
  let next = 0n
  return records.filter((record) => {
    const sequences = sequencesOf(record)
    if (sequences === null || sequences.first < next) return false
    next = sequences.next
    return true
  })
}

/** A row of a table as a record of a journal. */
export function recordOf({ key, sequence, isDeletion, value }: TableRow): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES + 1)
  head.writeBigUInt64LE(sequence, 0)
  head.writeUInt32LE(1, 8)
  head[HEAD_BYTES] = isDeletion ? 0 : 1
  return Buffer.concat([head, varint(key.length), key, ...(isDeletion ? [] : [varint(value.length), value])])
}

function varint(number: number): Buffer {
  const bytes: number[] = []
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
