/**
 * RLE+, as Lotus writes the allocated part of an unsealed sector: bits from the lowest of each byte on. Two bits of
 * version (0), one bit that says whether the first run is of ones, then runs in turn: `1` is one bit long; `01` and four
 * bits of length; `00` and a length in unsigned LEB128.
 */

/** Half-open: [start, end). */
export interface BitRange {
  start: number
  end: number
}

/** The ranges of ones, in order and apart from each other; null when the bytes are no RLE+. */
export function decodeRlePlus(bytes: Uint8Array): BitRange[] | null {
  const bits = new BitReader(bytes)
  if (bits.read(2) !== 0) return null
  const ranges: BitRange[] = []
  let ones = bits.read(1) === 1
  let at = 0
  while (!bits.isOnlyZeros()) {
    const length = readRun(bits)
    if (length === null || at + length > Number.MAX_SAFE_INTEGER) return null
    if (ones && length > 0) ranges.push({ start: at, end: at + length })
    at += length
    ones = !ones
  }
  return ranges
}

function readRun(bits: BitReader): number | null {
  if (bits.read(1) === 1) return 1
  if (bits.read(1) === 1) return bits.read(4)
  let length = 0
  for (let shift = 0; shift <= 49; shift += 7) {
    const byte = bits.read(8)
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return length
  }
  return null
}

/** Reads zeros past the end: Lotus cuts zero bits off the end, even out of a length. */
class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  read(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++)
      value |= (((this.#bytes[this.#at >> 3] ?? 0) >> (this.#at & 7)) & 1) << i
    return value
  }

  /** Whether nothing but the last byte's filling is left. */
  isOnlyZeros(): boolean {
    for (let at = this.#at; at < this.#bytes.length * 8; at++)
      if ((((this.#bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1) return false
    return true
  }
}
