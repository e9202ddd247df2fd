import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../../base/index.ts'
import { randomNumbers } from '../../testing/random-numbers.ts'
import { blocksOf, multihash, PostingsHome, shardsNamed } from '../test-kit/postings-home.ts'
import { testIndex } from '../test-kit/test-indexes.ts'
import type { SegmentStep } from './segment-set.ts'
import type { SegmentedIndexOptions } from './segmented-inverted-index.ts'

const everything = { find: (key: string) => ({ key }) }

let home: PostingsHome
afterEach(() => home.remove())

async function openHome(options: Partial<SegmentedIndexOptions> = {}) {
  home = await PostingsHome.create(options)
  await home.index.open(everything)
  return home.index
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
      await home.enter('hit', 2000)
      await home.index.settle()
      const [name] = await readdir(home.postingsDirectory)
      await home.enter('spared', 500)
      await home.close()
      await damage(join(home.postingsDirectory, name ?? ''))
      const warnings: string[] = []
      await home.reopen(everything, { log: logTo(warnings) })
      expect([home.index.has('hit'), home.index.has('spared')]).toEqual([false, true])
      expect([await home.found('hit 1'), await home.found('spared 1')]).toEqual([[], ['spared']])
      expect(warnings).toEqual(['a part of the inverted index cannot be used and is made anew'])
      await home.enter('hit', 2000)
      expect(await home.found('hit 1')).toEqual(['hit'])
    },
  )

  it('among its records is found out when they are read; its shards are then to be entered again', async () => {
    const warnings: string[] = []
    let tell: (shards: string[]) => void = () => {}
    const lost = new Promise<string[]>((resolve) => {
      tell = resolve
    })
    await openHome({ onLost: (shards) => tell(shards), log: logTo(warnings) })
    await home.enter('hit', 2000)
    await home.index.settle()
    await home.enter('spared', 500)
    await home.index.settle()
    expect(home.index.segmentCount).toBe(2)
    const [name] = (await readdir(home.postingsDirectory)).sort()
    for (let at = 100; at < 32_000; at += 4096) await flip(join(home.postingsDirectory, name ?? ''), at)
    expect([await home.found('hit 1'), await home.found('spared 1')]).toEqual([[], ['spared']])
    expect([await lost, warnings.length, home.index.has('hit')]).toEqual([['hit'], 1, false])
    await home.enter('hit', 2000)
    await home.index.settle()
    expect([await home.found('hit 1'), await home.found('spared 1')]).toEqual([['hit'], ['spared']])
  })

  it('among its records is found out by a merge, too', async () => {
    const lost: string[][] = []
    await openHome({ onLost: (shards) => lost.push(shards) })
    await home.enter('hit', 2000)
    await home.index.settle()
    const [name] = await readdir(home.postingsDirectory)
    await flip(join(home.postingsDirectory, name ?? ''), 5000)
    await home.enter('spared', 1500)
    await home.index.settle()
    await home.index.merged()
    expect(lost).toEqual([['hit']])
    expect(await home.found('spared 1')).toEqual(['spared'])
  })

  it('is one with a secret of another index, and a list that cannot be read loses all of them', async () => {
    await openHome()
    await home.enter('one', 100)
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
      await home.reopen(shardsNamed(...survivors), { memoryPostings: 100, tasks: inlineTaskRunner, onStep: () => {} })
      for (const shard of survivors) {
        const answers = await Promise.all(blocksOf(shard, 150).map((block) => home.index.lookup(block)))
        const expected = home.index.has(shard) ? [shard] : []
        expect(answers.every((answer) => String(answer) === String(expected))).toBe(true)
        if (!home.index.has(shard)) await home.enter(shard, 150)
      }
      await home.index.settle()
      await home.index.merged()
      expect(await readdir(home.postingsDirectory)).toHaveLength(home.index.segmentCount)
      for (const shard of survivors) expect(await home.found(`${shard} 149`)).toEqual([shard])
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
      for (const shard of ['a', 'b', 'c']) await home.enter(shard, 150)
      await home.index.settle()
      await home.index.merged()
      await home.index.remove('a')
      await home.enter('d', 150)
      await home.enter('b', 150)
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
          await home.reopen(shardsNamed(...model.keys()), options)
          durable = new Map(model)
          break
        }
        case 1: {
          await home.kill()
          await home.reopen(shardsNamed(...model.keys()), options)
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
