import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { rawBlock } from '../testing/blocks.ts'
import { CidSet } from './cid-set.ts'

describe('CidSet', () => {
  it('holds exactly what was added, past several growths', async () => {
    const set = new CidSet()
    const cids = await Promise.all(
      Array.from({ length: 5000 }, (_, i) => rawBlock(`${i}`, i % 2 === 0 ? 0x12 : 0xb220)),
    )
    for (const [i, { cid }] of cids.entries()) if (i % 3 !== 0) expect(set.add(cid.bytes)).toBe(true)
    for (const [i, { cid }] of cids.entries()) expect(set.has(cid.bytes)).toBe(i % 3 !== 0)
    for (const [i, { cid }] of cids.entries()) expect(set.add(cid.bytes)).toBe(i % 3 === 0)
    expect(set.size).toBe(5000)
  })

  it('tells codecs, versions and short digests apart', () => {
    const digest = create(0x12, new Uint8Array(32).fill(7))
    const zeros = create(0x12, new Uint8Array(32))
    const cids = [
      CID.createV1(0x55, digest),
      CID.createV1(0x70, digest),
      CID.createV1(0x0129, digest),
      CID.createV0(digest),
      CID.createV1(0x55, zeros),
      CID.createV1(0x55, create(0, new Uint8Array(0))),
      CID.createV1(0x55, create(0, new Uint8Array(32))),
      CID.createV1(0x55, create(0x22, new Uint8Array(8))),
    ]
    const set = new CidSet()
    for (const cid of cids) expect(set.add(cid.bytes)).toBe(true)
    for (const cid of cids) expect(set.add(cid.bytes)).toBe(false)
    expect(set.size).toBe(cids.length)
  })
})
