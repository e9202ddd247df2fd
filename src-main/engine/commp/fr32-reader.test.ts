import { describe, expect, it } from 'vitest'
import { MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { contentBytes } from '../testing/content.ts'
import { Fr32Reader } from './index.ts'

/** The definition, bit by bit: 254 bits of payload, then two zero bits. */
function fr32PadSlowly(raw: Uint8Array): Uint8Array {
  const padded = new Uint8Array((raw.length / 127) * 128)
  for (let bit = 0; bit < raw.length * 8; bit++) {
    if (((raw[bit >> 3] as number) >> (bit & 7)) % 2 === 0) continue
    const to = Math.floor(bit / 254) * 256 + (bit % 254)
    padded[to >> 3] = (padded[to >> 3] as number) | (1 << (to & 7))
  }
  return padded
}

/** Another piece before, and one behind. */
const BEFORE = 512
const raw = contentBytes({ content: 'stream', seed: 3, size: 127 * 16 })
const sector = new Uint8Array([
  ...new Uint8Array(BEFORE).fill(0xff),
  ...fr32PadSlowly(raw),
  ...new Uint8Array(128).fill(0xff),
])

function readers(source: RandomAccessReader): Fr32Reader {
  return new Fr32Reader(source, BEFORE, 128 * 16)
}

describe('Fr32Reader', () => {
  it('gives the payload at any position and of any length', async () => {
    const reader = readers(new MemoryReader(sector))
    expect(reader.size).toBe(raw.length)
    for (const position of [0, 1, 31, 32, 63, 64, 95, 96, 126, 127, 128, 254, 1000, raw.length - 1]) {
      for (const length of [1, 2, 126, 127, 128, 300, raw.length]) {
        const expected = raw.slice(position, position + length)
        const into = new Uint8Array(length)
        const n = await reader.readAt(into, position)
        expect([n, into.subarray(0, n)]).toEqual([expected.length, expected])
        const sync = new Uint8Array(length)
        expect([reader.readAtSync?.(sync, position), sync.subarray(0, n)]).toEqual([expected.length, expected])
      }
    }
  })

  it('stays inside its piece, and ends there', async () => {
    const reader = readers(new MemoryReader(sector))
    expect(await reader.readAt(new Uint8Array(10), raw.length)).toBe(0)
    expect(await reader.readAt(new Uint8Array(10), raw.length + 500)).toBe(0)
  })

  it('reads only the units it needs', async () => {
    const asked: Array<[number, number]> = []
    const counting: RandomAccessReader = {
      size: sector.length,
      readAt: async (into, position) => {
        asked.push([position, into.length])
        return new MemoryReader(sector).readAt(into, position)
      },
      close: async () => {},
    }
    const reader = readers(counting)
    expect(reader.readAtSync).toBeUndefined()
    await reader.readAt(new Uint8Array(2), 126)
    expect(asked).toEqual([[BEFORE, 256]])
  })

  it('gives the whole units of a source that ends too early', async () => {
    const reader = readers(new MemoryReader(sector.subarray(0, BEFORE + 128 * 3 + 50)))
    const into = new Uint8Array(raw.length)
    expect(await reader.readAt(into, 0)).toBe(127 * 3)
    expect(into.subarray(0, 127 * 3)).toEqual(raw.subarray(0, 127 * 3))
  })

  it('reads across its own buffer: several MiB at once', async () => {
    const large = contentBytes({ content: 'repeat', seed: 8, size: 127 * 20_000 })
    const reader = new Fr32Reader(new MemoryReader(fr32PadSlowly(large)), 0, 128 * 20_000)
    const into = new Uint8Array(large.length - 5)
    expect(await reader.readAt(into, 5)).toBe(into.length)
    expect(Buffer.compare(into, large.subarray(5))).toBe(0)
  })

  it('refuses a range off the grid', () => {
    expect(() => new Fr32Reader(new MemoryReader(sector), 100, 128)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
