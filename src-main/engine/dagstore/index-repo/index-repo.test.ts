import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../../base/index.ts'
import { MemoryStore } from '../../store/index.ts'
import { DeferredRows } from '../deferred-rows.ts'
import { encodeTestIndex } from '../test-kit/test-indexes.ts'
import { DirectoryIndexRepo } from './directory-index-repo.ts'
import { IndexJournal } from './index-journal.ts'
import { indexRepoConformance, putBytes } from './index-repo.conformance.ts'
import { MemoryIndexRepo } from './memory-index-repo.ts'

indexRepoConformance('memory', async () => ({ repo: new MemoryIndexRepo(), remove: async () => {} }))
indexRepoConformance('a directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'carport-index-repo-'))
  const store = new MemoryStore()
  return {
    repo: new DirectoryIndexRepo(directory, new IndexJournal(store, new DeferredRows(store)), inlineTaskRunner),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
})

describe('an index directory', () => {
  const content = encodeTestIndex([Buffer.from('1220'.padEnd(68, 'a'), 'hex')])
  let directory: string
  let store: MemoryStore
  let rows: DeferredRows
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carport-index-repo-'))
    store = new MemoryStore()
    rows = new DeferredRows(store)
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const open = async () => {
    const repo = new DirectoryIndexRepo(directory, new IndexJournal(store, rows), inlineTaskRunner)
    await repo.open()
    return repo
  }
  const journalled = async () => {
    let count = 0
    for await (const _ of store.entries({ prefix: Buffer.from('/pi/') })) count++
    return count
  }

  it('is laid out as Go’s: <key>.full.idx beside .version', async () => {
    await putBytes(await open(), 'baga', content)
    expect((await readdir(directory)).sort()).toEqual(['.version', 'baga.full.idx'])
    expect(await readFile(join(directory, '.version'), 'utf8')).toBe('1')
  })

  it('knows what lies in it, and clears away what interrupted writes left', async () => {
    await mkdir(join(directory, 'baga.full.idx.tmp-0123456789ab'))
    await writeFile(join(directory, 'baga.full.idx'), content)
    const repo = await open()
    expect([...(await repo.open())]).toEqual(['baga'])
    expect(await readdir(directory)).toEqual(['.version', 'baga.full.idx'])
  })

  it('puts back what a power cut took, from the journal', async () => {
    const repo = await open()
    await putBytes(repo, 'baga', content)
    expect(await journalled()).toBe(0)
    await rows.write()
    expect(await journalled()).toBe(1)
    await truncate(join(directory, 'baga.full.idx'), 0)
    const again = await open()
    expect((await again.get('baga')).recordCount).toBe(1)
    await rm(join(directory, 'baga.full.idx'))
    expect((await (await open()).get('baga')).recordCount).toBe(1)
  })

  it('clears the journal once the files are synced, but keeps what changed meanwhile', async () => {
    const repo = await open()
    await putBytes(repo, 'a', content)
    await putBytes(repo, 'b', content)
    await rows.write()
    await repo.settle()
    expect(await journalled()).toBe(0)
    await putBytes(repo, 'a', content)
    await rows.write()
    const settling = repo.settle()
    await putBytes(repo, 'a', encodeTestIndex([]))
    await rows.write()
    await settling
    expect(await journalled()).toBe(1)
    expect((await (await open()).get('a')).recordCount).toBe(0)
  })

  it('forgets the journal of an index that is deleted, or replaced by a large one', async () => {
    const repo = await open()
    for (const key of ['a', 'b']) await putBytes(repo, key, content)
    await rows.write()
    await repo.delete('a')
    await repo.put('b', async (path) => {
      await writeFile(path, content)
      return { content: null }
    })
    await rows.write()
    expect(await journalled()).toBe(0)
    expect(await (await open()).stat('a')).toBeNull()
  })
})
