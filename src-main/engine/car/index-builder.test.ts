import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { readMultihash } from './cid-span.ts'
import { IndexBuilder } from './index-builder.ts'

const temporary = temporaryFolder('builder')

interface Entry {
  multihash: Uint8Array
  offset: number
}

const entry = (code: number, digest: Uint8Array, offset: number): Entry => ({
  multihash: createDigest(code, digest).bytes,
  offset,
})

function encode(builder: IndexBuilder): Buffer {
  const pieces = [...copied(builder.encode())]
  expect(Buffer.concat(pieces)).toHaveLength(builder.byteLength)
  return Buffer.concat(pieces)
}

function* copied(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield piece.slice()
}

/** The format written down as plainly as can be, to compare with. */
function plainIndex(codec: IndexCodec, entries: Entry[]): Buffer {
  const records = entries.map(({ multihash, offset }, order) => ({ ...readMultihash(multihash), offset, order }))
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
  const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
  const widths = (some: typeof records) => {
    const lengths = [...new Set(some.map(({ digest }) => digest.length))].sort((a, b) => a - b)
    const buckets = lengths.map((length) => {
      const sorted = some
        .filter(({ digest }) => digest.length === length)
        .sort((a, b) => Buffer.compare(a.digest, b.digest) || a.order - b.order)
      const body = Buffer.concat(sorted.flatMap(({ digest, offset }) => [digest, u64(offset)]))
      return Buffer.concat([u32(length + 8), u64(body.length), body])
    })
    return Buffer.concat([u32(buckets.length), ...buckets])
  }
  if (codec === INDEX_SORTED) return Buffer.concat([Buffer.from('8008', 'hex'), widths(records)])
  const codes = [...new Set(records.map(({ code }) => code))].sort((a, b) => a - b)
  const bodies = codes.flatMap((code) => [u64(code), widths(records.filter((record) => record.code === code))])
  return Buffer.concat([Buffer.from('8108', 'hex'), u32(codes.length), ...bodies])
}

/** Pseudo-random bytes that are the same at every run. */
function digests(count: number, length: number, alike = 0): Uint8Array[] {
  let state = 88172645
  return Array.from({ length: count }, () => {
    const digest = new Uint8Array(length)
    for (let i = alike; i < length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      digest[i] = state
    }
    return digest
  })
}

describe('IndexBuilder', () => {
  it('writes an index without records as six bytes', () => {
    expect(encode(new IndexBuilder()).toString('hex')).toBe('810800000000')
    expect(encode(new IndexBuilder({ codec: INDEX_SORTED })).toString('hex')).toBe('800800000000')
  })

  it('writes the example of the format byte for byte', () => {
    const digest = Buffer.from('01d448afd928065458cf670b60f5a594d735af0172c8d67f22a81680132681ca', 'hex')
    const builder = new IndexBuilder()
    builder.add(createDigest(0x12, digest).bytes, 0x12)
    expect(encode(builder).toString('hex')).toBe(
      `8108010000001200000000000000010000002800000028000000${'00'.repeat(4)}${digest.toString('hex')}1200000000000000`,
    )
  })

  it.each([INDEX_SORTED, MULTIHASH_INDEX_SORTED] as const)('sorts anything by any amount, in codec %d', (codec) => {
    const entries = fc.array(
      fc.record({
        multihash: fc
          .record({
            code: fc.constantFrom(0, 0x12, 0x13, 0xb220, 2 ** 40),
            digest: fc.uint8Array({ maxLength: 40, size: 'max' }),
          })
          .map(({ code, digest }) => createDigest(code, digest).bytes),
        offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      }),
      { maxLength: 300, size: 'max' },
    )
    fc.assert(
      fc.property(entries, (some) => {
        const builder = new IndexBuilder({ codec })
        for (const { multihash, offset } of some) builder.add(multihash, offset)
        expect(Buffer.compare(encode(builder), plainIndex(codec, some))).toBe(0)
        expect(Buffer.compare(encode(builder), plainIndex(codec, some))).toBe(0) // may be encoded again
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  it.each([
    ['spread digests', digests(20_000, 32)],
    ['digests alike in one byte', digests(9000, 20, 1)],
    ['digests alike in twelve bytes', digests(9000, 32, 12)],
    ['odd lengths', digests(9000, 21)],
    ['one byte', digests(9000, 1)],
    ['no byte', digests(9000, 0)],
    ['one digest many times', digests(9000, 32, 32)],
    ['long digests', digests(300, 9000)],
  ])('sorts many records stably: %s', (_what, all) => {
    const entries = [...all, ...all.slice(0, 500)].map((digest, i) => entry(0x12, digest, i))
    const builder = new IndexBuilder()
    for (const { multihash, offset } of entries) builder.add(multihash, offset)
    expect(Buffer.compare(encode(builder), plainIndex(MULTIHASH_INDEX_SORTED, entries))).toBe(0)
  })

  it('puts aside what exceeds its memory, with the same result, and leaves no file', () => {
    const entries = [
      ...digests(30_000, 32).map((digest, i) => entry(0x12, digest, i * 100)),
      ...digests(5000, 20).map((digest, i) => entry(0x11, digest, i)),
      ...digests(3000, 32).map((digest, i) => entry(0x12, digest, i)), // those of the start again
      ...digests(10, 5).map((digest, i) => entry(0, digest, i)),
    ]
    const builder = new IndexBuilder({ memoryBytes: 300_000, directory: temporary() })
    for (const { multihash, offset } of entries) builder.add(multihash, offset)
    expect(Buffer.compare(encode(builder), plainIndex(MULTIHASH_INDEX_SORTED, entries))).toBe(0)
    builder.close()
    expect(readdirSync(temporary())).toEqual([])
  })

  it('refuses more kinds of digests than any real file has', () => {
    const builder = new IndexBuilder()
    expect(() => {
      for (let code = 1; code < 70_000; code++) builder.add(createDigest(code, new Uint8Array(4)).bytes, code)
    }).toThrow(expect.objectContaining({ code: 'CAR_LIMIT' }))
  })

  it('leaves out identity CIDs when encoding, if asked', async () => {
    const builder = new IndexBuilder()
    builder.add(createDigest(0, Buffer.from('identity')).bytes, 1)
    builder.add(createDigest(0x12, new Uint8Array(32)).bytes, 2)
    const plain = plainIndex(MULTIHASH_INDEX_SORTED, [entry(0x12, new Uint8Array(32), 2)])
    expect(Buffer.compare(Buffer.concat([...copied(builder.encode({ identity: false }))]), plain)).toBe(0)
  })

  it('reproduces the order that go-car finalizes with', async () => {
    const file = await readFile(fixture('car/generated/rw-dups.car'))
    const index = file.subarray(1990)
    const records: Entry[] = []
    for (let at = 2 + 4 + 8 + 4 + 12; at < index.length; at += 40)
      records.push(entry(0x12, index.subarray(at, at + 32), Number(index.readBigUInt64LE(at + 32))))
    const builder = new IndexBuilder()
    for (const { multihash, offset } of records.sort((a, b) => a.offset - b.offset)) builder.add(multihash, offset)
    expect(Buffer.compare(encode(builder), index)).toBe(0)
  })
})
