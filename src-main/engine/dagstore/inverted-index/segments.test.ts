import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError, inlineTaskRunner, type TaskRunner } from '../../base/index.ts'
import { WorkerPool } from '../../workers/index.ts'
import { blocksOf, multihash, PostingsHome } from '../test-kit/postings-home.ts'
import { testIndex } from '../test-kit/test-indexes.ts'
import { mergeSegmentsTask } from './merge-segments.ts'
import type { SegmentedIndexOptions } from './segmented-inverted-index.ts'

const everything = { find: (key: string) => ({ key }) }

let home: PostingsHome
afterEach(() => home.remove())

async function openHome(options: Partial<SegmentedIndexOptions> = {}) {
  home = await PostingsHome.create(options)
  await home.index.open(everything)
  return home.index
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()

describe('postings in segments', () => {
  it('of one block in ten thousand shards are all found, also where they fill many blocks of a segment', async () => {
    await openHome({ memoryPostings: 4096 })
    const common = multihash('in all')
    const shards = Array.from({ length: 10_000 }, (_, i) => `shard ${i}`)
    for (const [i, shard] of shards.entries()) await home.index.add(shard, await testIndex([common, multihash(`${i}`)]))
    await home.index.settle()
    await home.index.merged()
    expect((await home.index.lookup(common)).sort()).toEqual(shards.toSorted())
    for (let i = 0; i < shards.length; i += 997) expect(await home.found(`${i}`)).toEqual([`shard ${i}`])
    expect(await home.found('in none')).toEqual([])
  })

  it('are in few segments, however often they are written, and nothing else lies beside these', async () => {
    await openHome({ memoryPostings: 100 })
    for (let i = 0; i < 64; i++) await home.enter(`shard ${i}`, 100)
    await home.index.settle()
    await home.index.merged()
    expect(home.index.segmentCount).toBeLessThanOrEqual(Math.log2(64) + 1)
    expect(await readdir(home.postingsDirectory)).toHaveLength(home.index.segmentCount)
    expect(home.index.postingCount).toBe(6400)
  })

  it('of a shard larger than memory are found once all of them are in, and not before', async () => {
    await openHome({ memoryPostings: 1000 })
    const all = blocksOf('large', 60_000)
    const index = await testIndex(all)
    const before: string[][] = []
    const watched = Object.assign(Object.create(index), {
      codec: index.codec,
      recordCount: index.recordCount,
      async *batches(signal?: AbortSignal) {
        yield* index.batches(signal)
        before.push(await home.index.lookup(all[0] as Uint8Array), home.index.has('large') ? ['had'] : [])
      },
    })
    await home.index.add('large', watched)
    expect(before).toEqual([[], []])
    for (let i = 0; i < all.length; i += 777) expect(await home.index.lookup(all[i] as Uint8Array)).toEqual(['large'])
  })

  it('survive a kill where a segment holds them; a shard of which some were in memory only is not there', async () => {
    await openHome()
    await home.index.add('kept', await testIndex(blocksOf('kept', 10)), { sizeBytes: 77 })
    await home.index.settle()
    await home.index.add('lost', await testIndex(blocksOf('lost', 10)), { sizeBytes: 99 })
    await home.kill()
    await home.reopen(everything)
    expect([home.index.has('kept'), home.index.has('lost')]).toEqual([true, false])
    expect([await home.found('kept 3'), await home.found('lost 3')]).toEqual([['kept'], []])
    await home.enter('lost', 10)
    expect(await home.found('lost 3')).toEqual(['lost'])
  })

  it('do not mix up what a shard had before and has now, if it is killed between', async () => {
    await openHome()
    await home.index.add('one', await testIndex([multihash('before')]))
    await home.index.settle()
    await home.index.add('one', await testIndex([multihash('after')]))
    await home.kill()
    await home.reopen(everything)
    expect([home.index.has('one'), await home.found('before'), await home.found('after')]).toEqual([false, [], []])
  })

  it('are looked up by keys that differ from index to index, whatever the multihashes are', async () => {
    const same = Array.from({ length: 3000 }, (_, i) => {
      const digest = Buffer.alloc(32)
      digest.writeUInt32LE(i, 28)
      return Buffer.concat([Buffer.from([0x12, 0x20]), digest])
    })
    await openHome()
    await home.index.add('alike', await testIndex(same))
    for (const each of same) expect(await home.index.lookup(each)).toEqual(['alike'])
    await home.index.settle()
    for (const each of same) expect(await home.index.lookup(each)).toEqual(['alike'])
    const [name] = await readdir(home.postingsDirectory)
    const first = await readFile(join(home.postingsDirectory, name ?? ''))
    await home.remove()
    await openHome()
    await home.index.add('alike', await testIndex(same))
    await home.index.settle()
    const second = await readFile(join(home.postingsDirectory, name ?? ''))
    expect(second.length).toBe(first.length)
    expect(second.subarray(0, 48_000).equals(first.subarray(0, 48_000))).toBe(false)
  })
})

describe('a purge', () => {
  it('says how many postings it freed, and leaves a segment alone that has only a few', async () => {
    await openHome()
    await home.enter('many', 900)
    await home.enter('few', 100)
    await home.index.settle()
    await home.index.remove('few')
    expect(await home.index.purge()).toEqual({ removed: 0 })
    expect(await home.found('few 5')).toEqual([])
    await home.index.remove('many')
    expect(await home.index.purge()).toEqual({ removed: 1000 })
    expect([home.index.postingCount, await readdir(home.postingsDirectory)]).toEqual([0, []])
  })
})

describe('a merge', () => {
  it('does not get in the way of looking up: answers are right while it goes on and afterwards', async () => {
    const pool = new WorkerPool({ workerUrl: new URL('../../workers/engine.worker.ts', import.meta.url), size: 2 })
    const sample: Array<{ digest: Buffer; shard: string }> = []
    const check = async ({ digest, shard }: (typeof sample)[0]) => {
      expect(await home.index.lookup(Buffer.concat([Buffer.from([0x12, 0x20]), digest]))).toEqual([shard])
    }
    const duringMerges: Array<Promise<void>> = []
    const lookUpUntilEndOf = async (merge: Promise<unknown>) => {
      let ended = false
      void merge
        .catch(() => {})
        .finally(() => {
          ended = true
        })
      const before = sample.filter(({ shard }) => home.index.has(shard))
      while (!ended) {
        for (const each of before) await check(each)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const tasks: TaskRunner = {
      parallelism: pool.parallelism,
      run: (task, input, options) => {
        const work = pool.run(task, input, options)
        if (task.name === mergeSegmentsTask.name) duringMerges.push(lookUpUntilEndOf(work))
        return work
      },
    }
    try {
      await openHome({ tasks, memoryPostings: 250_000 })
      for (let shard = 0; shard < 4; shard++)
        await home.index.add(`shard ${shard}`, manyRecords(250_000, `shard ${shard}`, sample))
      await home.index.settle()
      await home.index.merged()
      await Promise.all(duringMerges)
      for (const each of sample) await check(each)
      expect(duringMerges.length).toBeGreaterThan(0)
      expect(home.index.segmentCount).toBeLessThan(4)
    } finally {
      await home.index.close()
      await pool.close()
    }
  }, 120_000)

  it('is given up at a close, and made up for later', async () => {
    const never = new AbortController()
    const tasks: TaskRunner = {
      parallelism: 1,
      run: (task, input, options = {}) => {
        if (task.name !== mergeSegmentsTask.name) return inlineTaskRunner.run(task, input, options)
        return new Promise((_, reject) => {
          options.signal?.addEventListener('abort', () => reject(new EngineError('CANCELLED', 'Cancelled.')), {
            signal: never.signal,
          })
        })
      },
    }
    await openHome({ memoryPostings: 100, tasks })
    for (let i = 0; i < 5; i++) await home.enter(`shard ${i}`, 100)
    await home.close()
    await home.reopen(everything, { tasks: inlineTaskRunner })
    await home.index.purge()
    expect(home.index.segmentCount).toBeLessThan(5)
    for (let i = 0; i < 5; i++) expect(await home.found(`shard ${i} 42`)).toEqual([`shard ${i}`])
  })
})

/** Records of made-up digests, some of which are noted. */
function manyRecords(count: number, shard: string, sample: Array<{ digest: Buffer; shard: string }>) {
  const perBatch = 25_000
  const batches = async function* () {
    for (let from = 0; from < count; from += perBatch) {
      const bytes = Buffer.alloc(perBatch * 40)
      for (let i = 0; i < perBatch; i++) {
        const at = i * 40
        bytes.fill(i === 0 ? digestOf(`${shard} ${from}`) : (from + i) & 0xff, at, at + 32)
        bytes.write(shard, at + 8)
        bytes.writeUInt32BE(from + i, at)
      }
      sample.push({ digest: Buffer.from(bytes.subarray(0, 32)), shard })
      yield { hashCode: 0x12, digestLength: 32, count: perBatch, bytes }
    }
  }
  return { codec: 0x0401, recordCount: count, batches } as never
}
