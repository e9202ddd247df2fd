import { readFileSync } from 'node:fs'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixtures.ts'
import { isPieceCid, parsePieceCid, pieceCidFromDigest, pieceCidV2From } from './index.ts'
import { treeHeight } from './piece-size.ts'
import { zeroRoot } from './piece-tree.ts'

interface ZeroVector {
  digest: string
  paddedSize: number
  payloadSize: number
  v1: string
  v2: string
}
interface Vector {
  size: number
  paddedSize: number
  digest: string
  v1: string
  v2?: string
  v2Short?: string
  error?: string
}
const { vectors, zeros } = JSON.parse(readFileSync(fixture('commp/vectors.json'), 'utf8')) as {
  vectors: Vector[]
  zeros: ZeroVector[]
}

describe('piece CIDs', () => {
  it.each(zeros)('name a piece of $paddedSize zeros', (zero) => {
    const digest = zeroRoot(treeHeight(zero.paddedSize))
    expect(Buffer.from(digest).toString('hex')).toBe(zero.digest)
    expect(pieceCidFromDigest(digest).toString()).toBe(zero.v1)
    expect(pieceCidV2From(digest, zero.payloadSize)?.toString()).toBe(zero.v2)
  })

  it('v2 tells the sizes, v1 does not', () => {
    for (const vector of vectors) {
      if (vector.v2 === undefined) continue
      const parsed = parsePieceCid(vector.v2)
      expect(parsed).toMatchObject({ rawSize: vector.size, pieceSize: vector.paddedSize })
      expect(parsed.pieceCid.toString()).toBe(vector.v1)
      expect(parsed.pieceCidV2?.toString()).toBe(vector.v2)
      const first = parsePieceCid(CID.parse(vector.v1))
      expect(first).toMatchObject({ rawSize: null, pieceSize: null, pieceCidV2: null })
      expect(Buffer.from(first.digest).toString('hex')).toBe(vector.digest)
    }
  })

  it('there is no v2 below 127 bytes, and one that claims such a payload is refused', () => {
    const short = vectors.filter((vector) => vector.v2Short !== undefined)
    expect(short.length).toBeGreaterThan(0)
    for (const vector of short) {
      expect(pieceCidV2From(Buffer.from(vector.digest, 'hex'), vector.size)).toBeNull()
      expect(() => parsePieceCid(vector.v2Short ?? '')).toThrow(expect.objectContaining({ code: 'INVALID_CID' }))
    }
  })

  it('a v2 survives its sizes: a large piece with little payload keeps a padding of many bytes', () => {
    const digest = zeroRoot(31)
    const cid = pieceCidV2From(digest, 127, 2 ** 36)
    expect(parsePieceCid(cid?.toString() ?? '')).toMatchObject({ rawSize: 127, pieceSize: 2 ** 36 })
  })

  it.each([
    ['text that is no CID', 'piece'],
    ['a CID of something else', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    [
      'a v2 whose padding exceeds the piece',
      CID.parse('bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy')
        .toString()
        .replace('bcaab', 'bc3ab'),
    ],
  ])('refuses %s', (_what, text) => {
    expect(() => parsePieceCid(text)).toThrow(expect.objectContaining({ code: 'INVALID_CID' }))
  })

  it('tells pieces from other CIDs', () => {
    expect(isPieceCid(CID.parse(zeros[0]?.v1 ?? ''))).toBe(true)
    expect(isPieceCid(CID.parse(zeros[0]?.v2 ?? ''))).toBe(true)
    expect(isPieceCid(CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'))).toBe(false)
  })
})
