import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryStore } from '../../store/index.ts'
import type { GoInvertedIndex } from '../dagstore-ports.ts'
import { MemoryIndexRepo } from '../index-repo/memory-index-repo.ts'
import { multihash, PostingsHome, shardsNamed } from '../test-kit/postings-home.ts'
import { encodeTestIndex, testIndex } from '../test-kit/test-indexes.ts'
import { GoInvertedRows } from './go-inverted-rows.ts'
import { invertedIndexConformance } from './inverted-index.conformance.ts'
import { MemoryInvertedIndex } from './memory-inverted-index.ts'
import { ShardLookups } from './shard-lookups.ts'

invertedIndexConformance('memory', async () => {
  const index = new MemoryInvertedIndex()
  return {
    index,
    reopen: async (shards) => {
      await index.open(shards)
      return index
    },
    postings: () => index.postingCount,
    remove: async () => {},
  }
})

for (const [name, memoryPostings] of [
  ['memory and, at a restart, in segments', undefined],
  ['many small segments', 2000],
] as const)
  invertedIndexConformance(name, async () => {
    const home = await PostingsHome.create({ memoryPostings })
    return {
      index: home.index,
      reopen: async (shards) => {
        await home.close()
        await home.reopen(shards)
        return home.index
      },
      postings: () => home.index.postingCount,
      remove: () => home.remove(),
    }
  })

const lookupsOver = (store: MemoryStore, repo: MemoryIndexRepo, policy: GoInvertedIndex) =>
  new ShardLookups(new MemoryInvertedIndex(), new GoInvertedRows(store), repo, policy)

describe('the rows of Go’s inverted index', () => {
  const rows = async (store: MemoryStore) => {
    const all: Record<string, string> = {}
    for await (const { key, value } of store.entries({ prefix: Buffer.from('/inverted/index/') }))
      all[Buffer.from(key).subarray('/inverted/index/'.length).toString('hex')] = Buffer.from(value).toString()
    return all
  }
  let store: MemoryStore
  beforeEach(() => {
    store = new MemoryStore()
  })

  it('are lists of keys, that grow and shrink', async () => {
    const go = new GoInvertedRows(store)
    expect(await go.present()).toBe(false)
    const [a, b] = [multihash('a'), multihash('b')]
    await go.add('one & only', await testIndex([a, b]))
    await go.add('two', await testIndex([b]))
    await go.add('two', await testIndex([b]))
    expect(await rows(store)).toEqual({
      [a.toString('hex')]: '["one \\u0026 only"]',
      [b.toString('hex')]: '["one \\u0026 only","two"]',
    })
    expect([await go.present(), await go.lookup(b)]).toEqual([true, ['one & only', 'two']])
    await go.remove('one & only', await testIndex([a, b]))
    expect(await rows(store)).toEqual({ [b.toString('hex')]: '["two"]' })
  })

  it('have keys that are cleaned as paths, so that several multihashes may share one', async () => {
    const go = new GoInvertedRows(store)
    const slashes = [Buffer.from([0, 3, 0x61, 0x2f, 0x2f]), Buffer.from([0, 3, 0x61, 0x2f, 0x62])]
    await go.add('one', await testIndex(slashes))
    expect(Object.keys(await rows(store))).toEqual(['000361', '0003612f62'])
    expect(await go.lookup(slashes[0] as Uint8Array)).toEqual(['one'])
  })

  it('are distrusted until the shard’s own index agrees, and not asked once the shard has postings', async () => {
    const repo = new MemoryIndexRepo()
    const [a, b] = [multihash('a'), multihash('b')]
    const content = encodeTestIndex([a])
    await repo.put('has a', async (path) => {
      const { writeFile } = await import('node:fs/promises')
      await writeFile(path, content)
      return { content: null }
    })
    const go = new GoInvertedRows(store)
    for (const key of ['has a', 'says so', 'gone']) await go.add(key, await testIndex([a, b]))
    const lookups = lookupsOver(store, repo, 'where-present')
    await lookups.open(shardsNamed('has a', 'says so'), () => [])
    expect(await lookups.lookup(a)).toEqual(['has a'])
    expect(await lookups.lookup(b)).toEqual([])
    await lookups.add('says so', await testIndex([b]), {})
    expect(await lookups.lookup(b)).toEqual(['says so'])
  })

  it.each([
    ['where-present', true, 2],
    ['where-present', false, 0],
    ['always', false, 1],
    ['never', true, 1],
  ] as const)('policy %s, rows present %s: %i rows afterwards', async (policy, present, expected) => {
    if (present) await new GoInvertedRows(store).add('before', await testIndex([multihash('before')]))
    const lookups = lookupsOver(store, new MemoryIndexRepo(), policy)
    await lookups.open(shardsNamed('before', 'new'), () => [])
    await lookups.add('new', await testIndex([multihash('new')]), {})
    expect(Object.keys(await rows(store))).toHaveLength(expected)
    await lookups.remove('new', await testIndex([multihash('new')]))
    expect(Object.keys(await rows(store))).toHaveLength(present ? 1 : 0)
  })
})
