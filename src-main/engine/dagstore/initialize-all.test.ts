import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InitializeEvent } from '../../../src-shared/contract/index.ts'
import { EngineError } from '../base/index.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const cars = Array.from({ length: 10 }, (_, i) => testCar(`car ${i}`)).sort((a, b) => (a.key < b.key ? -1 : 1))

async function openWithNewShards() {
  home.pieces.add(...cars)
  const opened = await home.open()
  for (const { key } of cars) await opened.dagstore.registerPiece(key, { lazy: true })
  return opened
}

async function collect(events: AsyncIterable<InitializeEvent>): Promise<InitializeEvent[]> {
  const all: InitializeEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('initializing all', () => {
  it.each([0, 1, 3, 100])('with %i at once: one start and one end for each, then done', async (concurrency) => {
    const { dagstore } = await openWithNewShards()
    const events = await collect(dagstore.initializeAll({ concurrency }))
    expect(events).toHaveLength(20)
    for (const [i, { key }] of cars.entries()) {
      const ofShard = events.filter((event) => event.key === key)
      expect(ofShard).toEqual([
        { key, event: 'start', error: null, current: i + 1, total: 10 },
        { key, event: 'success', error: null, current: i + 1, total: 10 },
      ])
    }
    expect(dagstore.list({ state: 'Available' })).toHaveLength(10)
    expect(await collect(dagstore.initializeAll({ concurrency }))).toEqual([])
  })

  it('never has more under way than allowed', async () => {
    const { dagstore } = await openWithNewShards()
    let running = 0
    let most = 0
    for await (const { event } of dagstore.initializeAll({ concurrency: 2 })) {
      running += event === 'start' ? 1 : -1
      most = Math.max(most, running)
    }
    expect([running, most <= 2]).toEqual([0, true])
  })

  it('goes on when one fails, and says why', async () => {
    const { dagstore } = await openWithNewShards()
    const [first] = cars
    home.pieces.fail(first?.key ?? '', new EngineError('PIECE_NOT_FOUND', 'It is gone.'))
    const ends = (await collect(dagstore.initializeAll({ concurrency: 2 }))).filter(({ event }) => event !== 'start')
    expect(ends.filter(({ event }) => event === 'error')).toMatchObject([{ key: first?.key, error: 'It is gone.' }])
    expect(ends).toHaveLength(10)
  })

  it('passes over pieces that are sealed or missing, with the reason, unless told otherwise', async () => {
    const { dagstore } = await openWithNewShards()
    const [sealed, missing] = cars.map(({ key }) => key) as [string, string]
    home.pieces.sealed.add(sealed)
    home.pieces.remove(missing)
    const dry = await collect(dagstore.initializeAll({ concurrency: 1, dryRun: true }))
    expect(dry.filter(({ event }) => event === 'skipped')).toEqual([
      { key: sealed, event: 'skipped', error: 'Only a sealed copy exists.', current: 0, total: 8 },
      { key: missing, event: 'skipped', error: 'No source has its data.', current: 0, total: 8 },
    ])
    expect(dry.filter(({ event }) => event === 'start')).toHaveLength(8)
    expect(dagstore.list({ state: 'New' })).toHaveLength(10)
    await collect(dagstore.initializeAll({ concurrency: 4 }))
    expect(dagstore.list({ state: 'Available' })).toHaveLength(8)
    await collect(dagstore.initializeAll({ concurrency: 4, includeSealed: true }))
    expect(dagstore.info(sealed).state).toBe('Available')
  })

  it('stops scheduling when cancelled or no longer read; what has begun ends by itself, and the rest can follow', async () => {
    const { dagstore } = await openWithNewShards()
    home.pieces.hold()
    const controller = new AbortController()
    const events = dagstore.initializeAll({ concurrency: 2, signal: controller.signal })
    expect((await events.next()).value).toMatchObject({ event: 'start' })
    await home.pieces.held(2)
    controller.abort()
    await expect(collect(events)).rejects.toMatchObject({ code: 'CANCELLED' })
    home.pieces.release()
    await dagstore.settled()
    expect(dagstore.list({ state: 'Available' })).toHaveLength(2)
    for await (const event of dagstore.initializeAll({ concurrency: 1 })) if (event.event === 'success') break
    await dagstore.settled()
    const done = dagstore.list({ state: 'Available' }).length
    expect(done).toBeGreaterThanOrEqual(3)
    expect(done).toBeLessThan(10)
    await collect(dagstore.initializeAll({ concurrency: 0 }))
    expect(dagstore.list({ state: 'Available' })).toHaveLength(10)
  })

  it('waits while bulk work is paused', async () => {
    const { dagstore } = await openWithNewShards()
    await dagstore.pause()
    const events = collect(dagstore.initializeAll({ concurrency: 2 }))
    const one = await dagstore.initialize(cars[9]?.key ?? '') // what is asked for by name goes on
    expect([one.state, dagstore.list({ state: 'Available' }).length, dagstore.bulkState.waitsFor]).toEqual([
      'Available',
      1,
      'resume',
    ])
    await dagstore.resume()
    await events
    expect(dagstore.list({ state: 'Available' })).toHaveLength(10)
  })

  it('indexes no more at once than the settings allow, also when they change', async () => {
    home.pieces.add(...cars)
    const { dagstore } = await home.open({ config: { MaxConcurrentIndex: 2 } })
    for (const { key } of cars) await dagstore.registerPiece(key, { lazy: true })
    home.pieces.hold()
    const events = collect(dagstore.initializeAll({ concurrency: 0 }))
    await home.pieces.held(2)
    expect(home.pieces.waiting).toBe(2)
    dagstore.configure({ MaxConcurrentIndex: 5 })
    await home.pieces.held(5)
    expect(home.pieces.waiting).toBe(5)
    home.pieces.release()
    await events
  })
})
