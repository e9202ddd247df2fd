import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { MemoryReader } from '../base/index.ts'
import { rawBlock } from '../testing/blocks.ts'
import { decodeCarHeader, encodeCarHeader, readCarHeader } from './car-v1-header.ts'

const fromHex = (hex: string) => Buffer.from(hex, 'hex')
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('encodeCarHeader', () => {
  it('writes no roots as an empty list, 18 bytes long', () => {
    expect(toHex(encodeCarHeader([]))).toBe('11a265726f6f7473806776657273696f6e01')
  })

  it('writes one root as go-car does', async () => {
    const { cid } = await rawBlock('one')
    const header = encodeCarHeader([cid])
    expect(header).toHaveLength(59)
    expect(toHex(header)).toBe(`3aa265726f6f747381d82a582500${toHex(cid.bytes)}6776657273696f6e01`)
    expect(encodeCarHeader([(await rawBlock('one', 0xb220)).cid])).toHaveLength(61)
  })

  it('heads short byte strings with one byte and long ones with three', () => {
    const short = CID.createV1(0x55, createDigest(0, new Uint8Array(3)))
    expect(toHex(encodeCarHeader([short]))).toContain('d82a48000155')
    const long = CID.createV1(0x55, createDigest(0, new Uint8Array(300)))
    expect(decodeCarHeader(encodeCarHeader([long])).roots[0]?.equals(long)).toBe(true)
  })

  it('is read back for any number of roots', async () => {
    const { cid } = await rawBlock('many')
    for (const count of [0, 1, 2, 23, 24, 255, 256, 70_000]) {
      const header = encodeCarHeader(new Array<CID>(count).fill(cid))
      const decoded = decodeCarHeader(header)
      expect(decoded).toMatchObject({ version: 1, size: header.length })
      expect(decoded.roots).toHaveLength(count)
    }
  })
})

describe('decodeCarHeader', () => {
  it.each([
    ['roots: null', '11a265726f6f7473f66776657273696f6e01'],
    ['keys the other way round', '11a26776657273696f6e0165726f6f747380'],
    ['a map of indefinite length', '12bf65726f6f7473806776657273696f6e01ff'],
    ['a list of indefinite length', '12a265726f6f74739fff6776657273696f6e01'],
    ['bytes behind the map', '12a265726f6f7473806776657273696f6e0100'],
    ['a version longer than needed', '12a265726f6f7473806776657273696f6e1801'],
    ['a key that comes twice', '1aa365726f6f7473806776657273696f6e016776657273696f6e01'],
    ['no roots key', '0aa16776657273696f6e01'],
  ])('accepts %s', (_what, hex) => {
    expect(decodeCarHeader(fromHex(hex))).toEqual({ version: 1, roots: [], size: hex.length / 2 })
  })

  it.each([
    ['an unknown key', '22a364626c6970f565726f6f747381d82a4800010000036162636776657273696f6e01'],
    ['a list', '03820180'],
    ['roots that are a map', '20a265726f6f7473a163636964d82a4800010000036162636776657273696f6e01'],
    ['a version that is a text', '1da265726f6f747381d82a4800010000036162636776657273696f6e6131'],
    ['a root without its tag', '1aa265726f6f7473814800010000036162636776657273696f6e01'],
    ['a root without its leading zero', '1ba265726f6f747381d82a47010000036162636776657273696f6e01'],
    ['a root with bytes behind it', '1da265726f6f747381d82a490001000003616263646776657273696f6e01'],
    ['a list longer than the header', '15a265726f6f74739affffffff6776657273696f6e01'],
    ['a map that is cut', '05a265726f6f'],
    ['no bytes at all', '00'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeCarHeader(fromHex(hex))).toThrow(expect.objectContaining({ code: 'CAR_INVALID' }))
  })

  it('gives version 0 for a header that has none', () => {
    expect(decodeCarHeader(fromHex('01f6')).version).toBe(0)
    expect(decodeCarHeader(fromHex('13a165726f6f747381d82a480001000003616263')).version).toBe(0)
  })
})

describe('readCarHeader', () => {
  it('decides on a length beyond the limit before reading, exactly', async () => {
    const { cid } = await rawBlock('limit')
    const header = encodeCarHeader(new Array<CID>(100).fill(cid))
    const reader = new MemoryReader(header)
    const body = header.length - 2
    await expect(readCarHeader(reader, 0, reader.size, { maxHeaderBytes: body })).resolves.toMatchObject({ version: 1 })
    await expect(readCarHeader(reader, 0, reader.size, { maxHeaderBytes: body - 1 })).rejects.toMatchObject({
      code: 'CAR_LIMIT',
      details: { goCar: 'invalid header data, length of read beyond allowable maximum' },
    })
    const huge = new MemoryReader(fromHex('e0e0e0e0a7060c6f6c4cca943c236f4b'))
    await expect(readCarHeader(huge, 0, huge.size)).rejects.toMatchObject({ code: 'CAR_LIMIT' })
  })

  it('says that a header is cut, at every length', async () => {
    const header = encodeCarHeader([(await rawBlock('cut')).cid])
    for (let length = 0; length < header.length; length++) {
      const reader = new MemoryReader(header.subarray(0, length))
      await expect(readCarHeader(reader, 0, length)).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    }
  })
})
