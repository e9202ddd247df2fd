import { describe, expect, it } from 'vitest'
import { decodeCarHeader } from './car-v1-header.ts'
import {
  CARV2_PRAGMA,
  decodeCarV2Header,
  encodeCarV2Header,
  encodeCarV2Prefix,
  hasCarV2Pragma,
  isBlankCarV2Header,
} from './car-v2-header.ts'

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('the CARv2 container', () => {
  it('starts with 11 bytes that read as a header of version 2 without roots', () => {
    expect(CARV2_PRAGMA).toHaveLength(11)
    expect(CARV2_PRAGMA[0]).toBe(10)
    expect(decodeCarHeader(CARV2_PRAGMA)).toEqual({ version: 2, roots: [], size: 11 })
    expect(hasCarV2Pragma(CARV2_PRAGMA)).toBe(true)
    expect(hasCarV2Pragma(CARV2_PRAGMA.subarray(0, 10))).toBe(false)
  })

  it('writes little-endian numbers behind 16 bytes of characteristics', () => {
    const header = { fullyIndexed: false, payloadOffset: 99, payloadSize: 100, indexOffset: 101 }
    expect(toHex(encodeCarV2Header(header))).toBe(`${'00'.repeat(16)}630000000000000064000000000000006500000000000000`)
    expect(decodeCarV2Header(encodeCarV2Header(header))).toEqual(header)
    const large = { fullyIndexed: true, payloadOffset: 51, payloadSize: 2 ** 40 + 7, indexOffset: 2 ** 45 }
    expect(decodeCarV2Header(encodeCarV2Header(large))).toEqual(large)
  })

  it('says fully indexed in the highest bit of byte 11', () => {
    const prefix = encodeCarV2Prefix({ fullyIndexed: true, payloadOffset: 51, payloadSize: 1, indexOffset: 0 })
    expect(prefix).toHaveLength(51)
    expect(toHex(prefix.subarray(11, 27))).toBe(`80${'00'.repeat(15)}`)
  })

  it('ignores characteristics it does not know', () => {
    const bytes = encodeCarV2Header({ fullyIndexed: false, payloadOffset: 51, payloadSize: 1, indexOffset: 0 })
    bytes.fill(0x7f, 0, 16)
    expect(decodeCarV2Header(bytes)).toMatchObject({ fullyIndexed: false, payloadOffset: 51 })
  })

  it.each([
    ['a payload inside the header', [50n, 18n, 0n], 'invalid data payload offset: 50'],
    ['a negative payload offset', [2n ** 64n - 1362n, 18n, 0n], 'invalid data payload offset: 18446744073709550254'],
    ['no payload', [51n, 0n, 0n], 'invalid data payload size: 0'],
    ['a negative index offset', [51n, 18n, 2n ** 63n], 'invalid index offset: 9223372036854775808'],
    ['an offset beyond 2^53', [2n ** 60n, 18n, 0n], 'invalid data payload offset: 1152921504606846976'],
  ])('refuses %s', (_what, values, goCar) => {
    const bytes = new Uint8Array(40)
    const view = new DataView(bytes.buffer)
    values.forEach((value, i) => {
      view.setBigUint64(16 + 8 * i, value, true)
    })
    expect(() => decodeCarV2Header(bytes)).toThrow(
      expect.objectContaining({ code: 'CAR_INVALID', details: expect.objectContaining({ goCar }) }),
    )
  })

  it('says that the header is cut', () => {
    for (const length of [0, 1, 39])
      expect(() => decodeCarV2Header(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'CAR_TRUNCATED' }),
      )
  })

  it('knows the header of a file that was never finalized', () => {
    expect(isBlankCarV2Header(new Uint8Array(40))).toBe(true)
    expect(
      isBlankCarV2Header(encodeCarV2Header({ fullyIndexed: true, payloadOffset: 0, payloadSize: 0, indexOffset: 0 })),
    ).toBe(false)
  })
})
