import { describe, expect, it } from 'vitest'
import { decodeVarint, encodeVarint, scanVarint, VARINT_SHORT, varintLength } from './varint.ts'

describe('varint', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [1025, '8108'],
    [0xb220, 'a0e402'],
    [2 ** 32, '8080808010'],
    [2 ** 35 - 1, 'ffffffff7f'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('%d is %s', (value, hex) => {
    expect(Buffer.from(encodeVarint(value)).toString('hex')).toBe(hex)
    expect(varintLength(value)).toBe(hex.length / 2)
    expect(decodeVarint(Buffer.from(hex, 'hex'))).toEqual({ value, length: hex.length / 2 })
  })

  it.each([
    ['8000', 'CAR_INVALID', 'varint not minimally encoded'],
    ['ff8000', 'CAR_INVALID', 'varint not minimally encoded'],
    ['80808080808080808001', 'CAR_INVALID', 'varints larger than uint63 not supported'],
    ['ffffffffffffffff80', 'CAR_INVALID', 'varints larger than uint63 not supported'],
    ['ffffffffffffffff7f', 'CAR_LIMIT', undefined],
    ['80', 'CAR_INVALID', 'varints malformed, could not reach the end'],
    ['', 'CAR_INVALID', 'varints malformed, could not reach the end'],
  ])('refuses %s', (hex, code, goCar) => {
    expect(() => decodeVarint(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining(goCar === undefined ? {} : { goCar }) }),
    )
  })

  it('looks no further than it may', () => {
    expect(scanVarint(Uint8Array.of(0x80, 1), 0, 1)).toBe(VARINT_SHORT)
    expect(scanVarint(Uint8Array.of(9, 0x80, 1, 9), 1, 3)).toBe(128)
  })
})
