import { createHash } from 'node:crypto'
import { open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError, inlineTaskRunner, type TaskRunner } from '../../base/index.ts'
import { WorkerPool } from '../../workers/index.ts'
import { PostingsHome } from '../test-kit/postings-home.ts'
import { randomNumbers } from '../test-kit/random-numbers.ts'
import { testIndex } from '../test-kit/test-indexes.ts'
import { multihash } from './inverted-index.conformance.ts'
import { mergeSegmentsTask } from './merge-segments.ts'
import type { SegmentStep } from './segment-set.ts'
import type { SegmentedIndexOptions } from './segmented-inverted-index.ts'

const everything = { has: () => true }

let home: PostingsHome
afterEach(() => home.remove())

async function openHome(options: Partial<SegmentedIndexOptions> = {}) {
  home = await PostingsHome.create(options)
  await home.index.open(everything)
  return home.index
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()
const blocksOf = (shard: string, count: number) => Array.from({ length: count }, (_, i) => multihash(`${shard} ${i}`))
const enter = async (shard: string, count: number, also: Uint8Array[] = []) =>
  home.index.add(shard, await testIndex([...blocksOf(shard, count), ...also]))
const found = async (text: string) => (await home.index.lookup(multihash(text))).sort()

describe('postings in segments', () => {
  it('of one block in ten thousand shards are all found, also where they fill many blocks of a segment', async () => {
    await openHome({ memoryPostings: 4096 })
    const common = multihash('in all')
    const shards = Array.from({ length: 10_000 }, (_, i) => `shard ${i}`)
    for (const [i, shard] of shards.entries()) await home.index.add(shard, await testIndex([common, multihash(`${i}`)]))
    await home.index.settle()
    await home.index.merged()
    expect((await home.index.lookup(common)).sort()).toEqual(shards.toSorted())
    for (let i = 0; i < shards.length; i += 997) expect(await found(`${i}`)).toEqual([`shard ${i}`])
    expect(await found('in none')).toEqual([])
  })

  it('are in few segments, however often they are written, and nothing else lies beside these', async () => {
    await openHome({ memoryPostings: 100 })
    for (let i = 0; i < 64; i++) await enter(`shard ${i}`, 100)
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
    expect([await found('kept 3'), await found('lost 3')]).toEqual([['kept'], []])
    await enter('lost', 10)
    expect(await found('lost 3')).toEqual(['lost'])
  })

  it('do not mix up what a shard had before and has now, if it is killed between', async () => {
    await openHome()
    await home.index.add('one', await testIndex([multihash('before')]))
    await home.index.settle()
    await home.index.add('one', await testIndex([multihash('after')]))
    await home.kill()
    await home.reopen(everything)
    expect([home.index.has('one'), await found('before'), await found('after')]).toEqual([false, [], []])
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
    await enter('many', 900)
    await enter('few', 100)
    await home.index.settle()
    await home.index.remove('few')
    expect(await home.index.purge()).toEqual({ removed: 0 })
    expect(await found('few 5')).toEqual([])
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
    for (let i = 0; i < 5; i++) await enter(`shard ${i}`, 100)
    await home.close()
    await home.reopen(everything, { tasks: inlineTaskRunner })
    await home.index.purge()
    expect(home.index.segmentCount).toBeLessThan(5)
    for (let i = 0; i < 5; i++) expect(await found(`shard ${i} 42`)).toEqual([`shard ${i}`])
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

describe('a damaged segment', () => {
  const damages: Record<string, (path: string) => Promise<void>> = {
    'cut off': async (path) => truncate(path, (await stat(path)).size - 1),
    'with a byte of its fences changed': (path) => flip(path, -65),
    'with a byte of its end changed': (path) => flip(path, -50),
    empty: (path) => truncate(path, 0),
    'that is something else': (path) => writeFile(path, Buffer.alloc(10_000, 7)),
  }
  it.each(Object.entries(damages))(
    '%s is left out at the start: its shards are not there, others are',
    async (_, damage) => {
      await openHome()
      await enter('hit', 2000)
      await home.index.settle()
      const [name] = await readdir(home.postingsDirectory)
      await enter('spared', 500)
      await home.close()
      await damage(join(home.postingsDirectory, name ?? ''))
      const warnings: string[] = []
      await home.reopen(everything, { log: logTo(warnings) })
      expect([home.index.has('hit'), home.index.has('spared')]).toEqual([false, true])
      expect([await found('hit 1'), await found('spared 1')]).toEqual([[], ['spared']])
      expect(warnings).toEqual(['a part of the inverted index cannot be used and is made anew'])
      await enter('hit', 2000)
      expect(await found('hit 1')).toEqual(['hit'])
    },
  )

  it('among its records is found out when they are read; its shards are then to be entered again', async () => {
    const warnings: string[] = []
    let tell: (shards: string[]) => void = () => {}
    const lost = new Promise<string[]>((resolve) => {
      tell = resolve
    })
    await openHome({ onLost: (shards) => tell(shards), log: logTo(warnings) })
    await enter('hit', 2000)
    await home.index.settle()
    await enter('spared', 500)
    await home.index.settle()
    expect(home.index.segmentCount).toBe(2)
    const [name] = (await readdir(home.postingsDirectory)).sort()
    for (let at = 100; at < 32_000; at += 4096) await flip(join(home.postingsDirectory, name ?? ''), at)
    expect([await found('hit 1'), await found('spared 1')]).toEqual([[], ['spared']])
    expect([await lost, warnings.length, home.index.has('hit')]).toEqual([['hit'], 1, false])
    await enter('hit', 2000)
    await home.index.settle()
    expect([await found('hit 1'), await found('spared 1')]).toEqual([['hit'], ['spared']])
  })

  it('among its records is found out by a merge, too', async () => {
    const lost: string[][] = []
    await openHome({ onLost: (shards) => lost.push(shards) })
    await enter('hit', 2000)
    await home.index.settle()
    const [name] = await readdir(home.postingsDirectory)
    await flip(join(home.postingsDirectory, name ?? ''), 5000)
    await enter('spared', 1500)
    await home.index.settle()
    await home.index.merged()
    expect(lost).toEqual([['hit']])
    expect(await found('spared 1')).toEqual(['spared'])
  })

  it('is one with a secret of another index, and a list that cannot be read loses all of them', async () => {
    await openHome()
    await enter('one', 100)
    await home.index.settle()
    await home.store.put(Buffer.from('/pg'), Buffer.from('{"segments":'))
    await home.kill()
    await home.reopen(everything)
    expect([home.index.has('one'), await readdir(home.postingsDirectory)]).toEqual([false, []])
  })
})

async function flip(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+')
  const position = at < 0 ? (await handle.stat()).size + at : at
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position)
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 0x40]), 0, 1, position)
  await handle.close()
}

function logTo(warnings: string[]) {
  const log = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => void warnings.push(message),
    error: (message: string) => void warnings.push(message),
    child: () => log,
  }
  return log as never
}

describe('killed in front of any of its steps', () => {
  it('has every shard with all its postings or not at all, and no file that nothing names', async () => {
    const stops = new Set<SegmentStep>()
    for (let stopAt = 0; ; stopAt++) {
      const stoppedAt = await runUntil(stopAt)
      const survivors = new Set(['a', 'b', 'c', 'd'])
      await home.reopen(survivors, { memoryPostings: 100, tasks: inlineTaskRunner, onStep: () => {} })
      for (const shard of survivors) {
        const answers = await Promise.all(blocksOf(shard, 150).map((block) => home.index.lookup(block)))
        const expected = home.index.has(shard) ? [shard] : []
        expect(answers.every((answer) => String(answer) === String(expected))).toBe(true)
        if (!home.index.has(shard)) await enter(shard, 150)
      }
      await home.index.settle()
      await home.index.merged()
      expect(await readdir(home.postingsDirectory)).toHaveLength(home.index.segmentCount)
      for (const shard of survivors) expect(await found(`${shard} 149`)).toEqual([shard])
      await home.remove()
      if (stoppedAt === null) break
      stops.add(stoppedAt)
    }
    expect(stops).toEqual(new Set(['write-segment', 'merge-segments', 'write-manifest', 'delete-segments']))
  }, 120_000)

  /** Enters shards until its n-th step, and gives that step. */
  async function runUntil(stopAt: number): Promise<SegmentStep | null> {
    let steps = 0
    let stoppedAt: SegmentStep | null = null
    let stop = () => {}
    const stopped = new Promise<void>((resolve) => {
      stop = resolve
    })
    await openHome({
      memoryPostings: 100,
      onStep: (step) => {
        if (steps++ < stopAt) return
        stoppedAt ??= step
        stop()
        return new Promise(() => {}) // dead: this step, and every later one, never happens
      },
    })
    const work = async () => {
      for (const shard of ['a', 'b', 'c']) await enter(shard, 150)
      await home.index.settle()
      await home.index.merged()
      await home.index.remove('a')
      await enter('d', 150)
      await enter('b', 150)
      await home.index.purge()
    }
    await Promise.race([work(), stopped])
    await home.kill()
    return stoppedAt
  }
})

describe('a long random walk', () => {
  it('agrees with a model after each step', async () => {
    const steps = Number(process.env.CARPORT_POSTINGS_STEPS ?? 600)
    const random = randomNumbers(20_261_122)
    const names = Array.from({ length: 12 }, (_, i) => `shard ${i}`)
    const blocks = Array.from({ length: 400 }, (_, i) => multihash(`block ${i}`))
    const model = new Map<string, Set<number>>()
    /** As after the last settle: what a kill may go back to. */
    let durable = new Map<string, Set<number>>()
    const options = { memoryPostings: 300 }
    await openHome(options)
    const compare = async () => {
      const asked = Array.from({ length: 8 }, () => random(blocks.length))
      for (const block of asked) {
        const expected = names.filter((name) => model.get(name)?.has(block))
        expect((await home.index.lookup(blocks[block] as Uint8Array)).sort()).toEqual(expected.sort())
      }
      expect(names.filter((name) => home.index.has(name))).toEqual(names.filter((name) => model.has(name)))
    }
    for (let step = 0; step < steps; step++) {
      const name = names[random(names.length)] as string
      switch (random(20)) {
        case 0: {
          await home.close()
          await home.reopen(model, options)
          durable = new Map(model)
          break
        }
        case 1: {
          await home.kill()
          await home.reopen(model, options)
          for (const each of [...model.keys()]) {
            if (!home.index.has(each)) model.delete(each)
          }
          for (const each of durable.keys()) expect([each, home.index.has(each)]).toEqual([each, true])
          break
        }
        case 2:
          await home.index.settle()
          durable = new Map(model)
          break
        case 3:
          await home.index.purge()
          durable = new Map(model)
          break
        case 4:
        case 5:
        case 6:
          await home.index.remove(name)
          model.delete(name)
          durable.delete(name)
          break
        default: {
          const held = new Set(Array.from({ length: 1 + random(120) }, () => random(blocks.length)))
          await home.index.add(name, await testIndex([...held].map((block) => blocks[block] as Uint8Array)))
          model.set(name, held)
          durable.delete(name)
        }
      }
      await compare()
    }
  }, 300_000)
})
