import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { INDEX_SORTED } from '../../car/index.ts'
import { multihash, blocksOf as multihashes, shardsNamed } from '../test-kit/postings-home.ts'
import { testIndex } from '../test-kit/test-indexes.ts'
import type { InvertedIndex, ShardsThere } from './inverted-index.ts'

export interface OpenInverted {
  index: InvertedIndex
  /** Opens it again, as after a restart, for the shards that exist. */
  reopen(shards: ShardsThere): Promise<InvertedIndex>
  /** Postings that are there, those that no shard has any more among them. */
  postings(): number
  remove(): Promise<void>
}

/** What every adapter of the port InvertedIndex must do. */
export function invertedIndexConformance(name: string, open: () => Promise<OpenInverted>): void {
  describe(`an inverted index in ${name}`, () => {
    let opened: OpenInverted
    beforeEach(async () => {
      opened = await open()
      await opened.index.open(shardsNamed())
    })
    afterEach(() => opened.remove())

    it('finds nothing at first, and nothing that was not entered', async () => {
      expect(await opened.index.lookup(multihash('a'))).toEqual([])
      await opened.index.add('one', await testIndex([multihash('a')]))
      expect(await opened.index.lookup(multihash('b'))).toEqual([])
    })

    it('finds every shard that holds a block, each once', async () => {
      await opened.index.add('one', await testIndex([multihash('a'), multihash('b'), multihash('a')]))
      await opened.index.add('two', await testIndex([multihash('b')]))
      expect(await opened.index.lookup(multihash('a'))).toEqual(['one'])
      expect((await opened.index.lookup(multihash('b'))).sort()).toEqual(['one', 'two'])
      expect([opened.index.has('one'), opened.index.has('three')]).toEqual([true, false])
    })

    it('tells apart multihashes of which one begins like the other, of any hash function and length', async () => {
      const digest = randomBytes(36)
      const odd = [
        Buffer.concat([Buffer.from([0x12, 0x20]), digest.subarray(0, 32)]),
        Buffer.concat([Buffer.from([0x13, 0x20]), digest.subarray(0, 32)]),
        Buffer.concat([Buffer.from([0xa0, 0xe4, 0x02, 0x20]), digest.subarray(0, 32)]),
        Buffer.concat([Buffer.from([0x12, 0x24]), digest]),
        Buffer.from([0x00, 0x00]),
        Buffer.from([0x00, 0x01, 0x2f]),
        Buffer.from([0x00, 0x02, 0x2f, 0x2f]),
      ]
      for (const [i, each] of odd.entries()) await opened.index.add(`shard ${i}`, await testIndex([each]))
      for (const [i, each] of odd.entries()) expect(await opened.index.lookup(each)).toEqual([`shard ${i}`])
    })

    it('finds by digest what an index without hash functions holds', async () => {
      await opened.index.add('old', await testIndex([multihash('a')], INDEX_SORTED))
      await opened.index.add('new', await testIndex([multihash('a')]))
      expect((await opened.index.lookup(multihash('a'))).sort()).toEqual(['new', 'old'])
    })

    it('forgets a shard that is removed at once, and no other; what it took is freed by a purge', async () => {
      const shared = multihashes('both', 20)
      const one = [...shared, ...multihashes('one', 30)]
      await opened.index.add('one', await testIndex(one))
      await opened.index.add('two', await testIndex(shared))
      await opened.index.remove('one')
      expect(await opened.index.lookup(one[40] as Uint8Array)).toEqual([])
      expect(await opened.index.lookup(shared[0] as Uint8Array)).toEqual(['two'])
      await opened.index.remove('never was')
      await opened.index.purge()
      expect(opened.postings()).toBe(20)
      expect(await opened.index.lookup(shared[0] as Uint8Array)).toEqual(['two'])
    })

    it('frees after a restart what was removed before it', async () => {
      const one = multihashes('one', 5000)
      await opened.index.add('one', await testIndex(one))
      await opened.index.add('two', await testIndex(one.slice(0, 10)))
      await opened.index.remove('one')
      expect(await opened.index.lookup(one[0] as Uint8Array)).toEqual(['two'])
      const index = await opened.reopen(shardsNamed('two'))
      await index.purge()
      expect(await index.purge()).toEqual({ removed: 0 })
      expect([opened.postings(), await index.lookup(one[0] as Uint8Array)]).toEqual([10, ['two']])
    })

    it('replaces what a shard had before', async () => {
      await opened.index.add('one', await testIndex([multihash('a'), multihash('b')]))
      await opened.index.add('one', await testIndex([multihash('b'), multihash('c')]))
      const found = await Promise.all(['a', 'b', 'c'].map((text) => opened.index.lookup(multihash(text))))
      expect(found).toEqual([[], ['one'], ['one']])
      await opened.index.purge()
      expect(opened.postings()).toBe(2)
    })

    it('is the same after a restart, less the shards that exist no more', async () => {
      await opened.index.add('one', await testIndex([multihash('a')]), { sizeBytes: 123 })
      await opened.index.add('two', await testIndex([multihash('a')]))
      const index = await opened.reopen(shardsNamed('one', 'three'))
      expect(await index.lookup(multihash('a'))).toEqual(['one'])
      expect([index.has('one'), index.has('two'), index.sizeOf('one'), index.sizeOf('two')]).toEqual([
        true,
        false,
        123,
        null,
      ])
      await index.add('three', await testIndex([multihash('z')]))
      expect(await index.lookup(multihash('z'))).toEqual(['three'])
    })

    it('takes no row of a shard that was cut off while it was entered for one of another', async () => {
      const many = multihashes('cut', 10_000)
      const controller = new AbortController()
      const adding = opened.index.add('cut', await stopsAfterOneBatch(many, controller), { signal: controller.signal })
      await expect(adding).rejects.toBeDefined()
      expect(opened.index.has('cut')).toBe(false)
      const index = await opened.reopen(shardsNamed('cut', 'other'))
      await index.add('other', await testIndex([multihash('o')]))
      expect(await index.lookup(many[0] as Uint8Array)).toEqual([])
      await index.add('cut', await testIndex(many))
      expect(await index.lookup(many[9999] as Uint8Array)).toEqual(['cut'])
      await index.purge()
      expect(opened.postings()).toBe(10_001)
    })

    it('enters many shards at once, and a hundred thousand multihashes', async () => {
      const shared = multihashes('shared', 100)
      const own = Array.from({ length: 20 }, (_, i) => multihashes(`own ${i}`, 4900))
      await Promise.all(own.map(async (list, i) => opened.index.add(`s${i}`, await testIndex([...list, ...shared]))))
      for (const [i, list] of own.entries()) expect(await opened.index.lookup(list[i] as Uint8Array)).toEqual([`s${i}`])
      expect(await opened.index.lookup(shared[5] as Uint8Array)).toHaveLength(20)
    })
  })
}

/** An index whose reading is cancelled after its first batch. */
async function stopsAfterOneBatch(all: Uint8Array[], controller: AbortController) {
  const index = await testIndex(all)
  return Object.assign(Object.create(index), {
    codec: index.codec,
    recordCount: index.recordCount,
    async *batches(signal?: AbortSignal) {
      const half = await testIndex(all.slice(0, all.length / 2))
      yield* half.batches()
      controller.abort()
      yield* index.batches(signal)
    },
  })
}
