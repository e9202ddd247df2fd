import { expect, test } from 'vitest'
import { crc32cOver, maskedCrc32c, unmaskedCrc32c } from './crc32c.ts'

const sumOf = (bytes: Uint8Array) => unmaskedCrc32c(maskedCrc32c(bytes))

test('sums of RFC 3720, B.4', () => {
  const up = Uint8Array.from({ length: 32 }, (_, at) => at)
  expect(sumOf(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(sumOf(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(sumOf(up)).toBe(0x46dd794e)
  expect(sumOf(up.toReversed())).toBe(0x113fdb5c)
})

test('eight bytes at once sum up as one by one do, wherever they begin and end', () => {
  const bytes = Uint8Array.from({ length: 80 }, (_, at) => (at * 151 + 7) & 0xff)
  for (let from = 0; from < 9; from++)
    for (let to = from; to <= bytes.length; to++) {
      const part = bytes.subarray(from, to)
      expect(sumOf(part)).toBe(~part.reduce(crc32cOver, 0xffffffff) >>> 0)
    }
})
