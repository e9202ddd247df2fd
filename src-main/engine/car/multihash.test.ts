import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { computeDigest, matchesMultihash, multihashName, verifyBlock } from './multihash.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = (value: string) => new TextEncoder().encode(value)

describe('multihash', () => {
  // Published test vectors of each function over "abc".
  it.each([
    [0x11, 'sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    [0x12, 'sha2-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [0x16, 'sha3-256', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
    [0x1b, 'keccak-256', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
    [0x1e, 'blake3', '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
    [0xb220, 'blake2b-256', 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
    [0xb260, 'blake2s-256', '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982'],
  ])('%x is %s', async (code, name, expected) => {
    expect(multihashName(code)).toBe(name)
    expect(hex(await computeDigest(code, text('abc')))).toBe(expected)
  })

  it('is synchronous for sha2-256, and for the others after their first use', async () => {
    expect(computeDigest(0x12, text('abc'))).not.toBeInstanceOf(Promise)
    await computeDigest(0xb220, text('abc'))
    expect(computeDigest(0xb220, text('abc'))).not.toBeInstanceOf(Promise)
  })

  it('compares identity bytes, and accepts truncated digests of 20 bytes and more', async () => {
    expect(matchesMultihash(createDigest(0, text('abc')), text('abc'))).toBe(true)
    expect(matchesMultihash(createDigest(0, text('abc')), text('abd'))).toBe(false)
    const digest = await computeDigest(0x12, text('abc'))
    expect(matchesMultihash(createDigest(0x12, digest.slice(0, 20)), text('abc'))).toBe(true)
    expect(matchesMultihash(createDigest(0x12, digest.slice(0, 19)), text('abc'))).toBe(false)
    expect(matchesMultihash(createDigest(0x12, new Uint8Array(33)), text('abc'))).toBe(false)
  })

  it('says which block is damaged and which function is not known', async () => {
    const cid = CID.createV1(0x55, createDigest(0x12, await computeDigest(0x12, text('abc'))))
    expect(verifyBlock(cid, text('abc'))).toBeUndefined()
    expect(() => verifyBlock(cid, text('abd'))).toThrow(expect.objectContaining({ code: 'BLOCK_MISMATCH' }))
    expect(() => computeDigest(0x7777, text('abc'))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
    expect(multihashName(0x7777)).toBeNull()
  })
})
