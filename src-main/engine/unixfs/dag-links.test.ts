import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { canHaveLinks, linksOf } from './dag-links.ts'

const digest = (fill: number) => create(0x12, new Uint8Array(32).fill(fill))
const raw = (fill: number) => CID.createV1(0x55, digest(fill))
const nodeOf = (codec: number) => CID.createV1(codec, digest(9))
const texts = (links: CID[]) => links.map((link) => link.toString())

describe('linksOf', () => {
  it('gives the links of a dag-pb node in their order, with repeats', () => {
    const links = [raw(1), CID.createV0(digest(2)), raw(1)]
    const bytes = dagPb.encode({
      Data: new Uint8Array([8, 2]),
      Links: links.map((Hash, i) => ({ Hash, Name: `n${i}`, Tsize: 300 * i })),
    })
    expect(texts(linksOf(nodeOf(0x70), bytes))).toEqual(texts(links))
  })

  it('gives the links of dag-cbor and dag-json at any depth', () => {
    const value = { a: [raw(1), { b: raw(2) }], c: 'text', d: new Uint8Array(3), e: null }
    expect(texts(linksOf(nodeOf(0x71), dagCbor.encode(value)))).toEqual(texts([raw(1), raw(2)]))
    expect(texts(linksOf(nodeOf(0x0129), dagJson.encode(value)))).toEqual(texts([raw(1), raw(2)]))
  })

  it('keeps the order of the bytes where keys look like numbers', () => {
    const bytes = dagCbor.encode({ b: raw(1), '10': raw(2), '9': raw(3) })
    expect(texts(linksOf(nodeOf(0x71), bytes))).toEqual(texts([raw(3), raw(1), raw(2)]))
  })

  it('gives none for raw bytes', () => {
    expect(linksOf(raw(1), new Uint8Array([1, 2, 3]))).toEqual([])
  })

  it.each([
    ['cut in a field', new Uint8Array([0x12, 40, 1])],
    ['a link without CID', new Uint8Array([0x12, 2, 0x12, 0])],
    ['not protobuf', new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('refuses a dag-pb block that is damaged: %s', (_, bytes) => {
    expect(() => linksOf(nodeOf(0x70), bytes)).toThrow(expect.objectContaining({ code: 'UNIXFS_INVALID' }))
  })

  it('refuses a value nested deeper than can be read', () => {
    const bytes = new Uint8Array(2_000_000).fill(0x81)
    expect(() => linksOf(nodeOf(0x71), bytes)).toThrow(expect.objectContaining({ code: 'UNIXFS_INVALID' }))
  })

  it('refuses a codec that it does not know', () => {
    expect(() => canHaveLinks(0x90)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
  })
})
