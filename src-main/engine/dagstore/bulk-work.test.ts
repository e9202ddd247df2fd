import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InitializeEvent } from '../../../src-shared/contract/index.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { DagstoreHome, type OpenedDagstore } from './test-kit/open-dagstore.ts'
import { testCar } from './test-kit/test-cars.ts'

/** A time of day, local time. */
const at = (hour: number, minute = 0) => new Date(2026, 10, 3, hour, minute).getTime()
const cars = ['a', 'b', 'c'].map((name) => testCar(name))

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(...cars)
})
afterEach(() => home.remove())

async function openAt(clock: ManualClock, QuietHours: string[]): Promise<OpenedDagstore> {
  const opened = await home.open({ clock, config: { QuietHours } })
  for (const { key } of cars) await opened.dagstore.registerPiece(key, { lazy: true })
  return opened
}

async function collect(events: AsyncIterable<InitializeEvent>): Promise<string[]> {
  const told: string[] = []
  for await (const { event } of events) told.push(event)
  return told
}

const available = ({ dagstore }: OpenedDagstore) => dagstore.list({ state: 'Available' }).length

describe('bulk work at quiet hours', () => {
  it('waits until they end, and says until when; what is asked for by key goes on', async () => {
    const clock = new ManualClock(at(17))
    const opened = await openAt(clock, ['08:00-18:00'])
    const { dagstore } = opened
    const events = collect(dagstore.initializeAll({ concurrency: 2 }))
    expect(dagstore.bulkState).toEqual({ waitsFor: 'end-of-quiet-hours', quietUntil: new Date(at(18)).toISOString() })
    await dagstore.initialize(cars[0]?.key ?? '')
    for (let minute = 0; minute < 60; minute++) {
      clock.moveTo(at(17, minute))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(available(opened)).toBe(1)
    clock.moveTo(at(18))
    expect((await events).filter((event) => event === 'success')).toHaveLength(3)
    expect(dagstore.bulkState).toEqual({ waitsFor: null, quietUntil: null })
    expect(available(opened)).toBe(3)
  })

  it('goes on outside of them, and begins to wait when the settings name the time that it is', async () => {
    const opened = await openAt(new ManualClock(at(19)), ['08:00-18:00'])
    const { dagstore } = opened
    expect(dagstore.bulkState.waitsFor).toBeNull()
    dagstore.configure({ QuietHours: ['18:30-20:00'] })
    const events = collect(dagstore.initializeAll({ concurrency: 1 }))
    expect(dagstore.bulkState.waitsFor).toBe('end-of-quiet-hours')
    dagstore.configure({ QuietHours: [] })
    await events
    expect(available(opened)).toBe(3)
    expect(() => dagstore.configure({ QuietHours: ['at night'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    )
  })

  it('goes on when told to do so now, but keeps the next ones', async () => {
    const clock = new ManualClock(at(12))
    const opened = await openAt(clock, ['08:00-18:00'])
    const { dagstore } = opened
    const events = collect(dagstore.initializeAll({ concurrency: 1 }))
    await dagstore.resume()
    expect(dagstore.bulkState.waitsFor).toBe('end-of-quiet-hours') // an ordinary resume ends a pause only
    await dagstore.resume({ now: true })
    await events
    expect(available(opened)).toBe(3)
    clock.moveTo(at(24 + 12))
    expect(dagstore.bulkState.waitsFor).toBe('end-of-quiet-hours')
  })

  it('keeps quiet hours that are set anew, although those of before were not waited for', async () => {
    const opened = await openAt(new ManualClock(at(12)), ['08:00-18:00'])
    await opened.dagstore.resume({ now: true })
    expect(opened.dagstore.bulkState.waitsFor).toBeNull()
    opened.dagstore.configure({ MaxConcurrentIndex: 7 }) // no change of the hours
    expect(opened.dagstore.bulkState.waitsFor).toBeNull()
    opened.dagstore.configure({ QuietHours: ['11:00-13:00'] })
    expect(opened.dagstore.bulkState.waitsFor).toBe('end-of-quiet-hours')
  })

  it('holds up what a start left to be done, and nothing that is acquired', async () => {
    const first = await openAt(new ManualClock(at(19)), [])
    home.pieces.hold()
    const begun = first.dagstore.initialize(cars[0]?.key ?? '').catch(() => {})
    await home.pieces.held(1)
    await first.close()
    await begun
    home.pieces.release()
    const clock = new ManualClock(at(12))
    const opened = await home.open({ clock, config: { QuietHours: ['08:00-18:00'] } })
    await (await opened.dagstore.acquire(cars[1]?.key ?? '')).close()
    expect(opened.dagstore.info(cars[0]?.key ?? '').state).toBe('New')
    clock.moveTo(at(18))
    await opened.dagstore.settled()
    expect(opened.dagstore.info(cars[0]?.key ?? '').state).toBe('Available')
  })
})

describe('whether bulk work waits', () => {
  it('is told whenever it changes: by a pause, a setting, and the hour', async () => {
    const clock = new ManualClock(at(17))
    const { dagstore } = await openAt(clock, [])
    const stop = new AbortController()
    const told = dagstore.watchBulkState(stop.signal)
    const next = async () => (await told.next()).value?.waitsFor
    expect(await next()).toBeNull()
    let coming = next()
    await dagstore.pause()
    expect(await coming).toBe('resume')
    coming = next()
    await dagstore.resume()
    expect(await coming).toBeNull()
    coming = next()
    dagstore.configure({ QuietHours: ['17:00-18:00'] })
    expect(await coming).toBe('end-of-quiet-hours')
    coming = next()
    for (let minute = 1; minute <= 60; minute++) {
      clock.moveTo(at(17, minute))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await coming).toBeNull()
    coming = next()
    stop.abort()
    expect(await coming).toBeUndefined()
  })

  it('is not missed where it changed before the reader came back', async () => {
    const { dagstore } = await openAt(new ManualClock(at(12)), [])
    const told = dagstore.watchBulkState()
    await told.next()
    await dagstore.pause()
    expect((await told.next()).value).toMatchObject({ waitsFor: 'resume' })
    await told.return()
  })
})

describe('paused bulk work', () => {
  it('can be given up while it waits', async () => {
    const { dagstore } = await openAt(new ManualClock(at(12)), [])
    await dagstore.pause()
    const stop = new AbortController()
    const events = collect(dagstore.initializeAll({ concurrency: 2, signal: stop.signal }))
    stop.abort()
    await expect(events).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('does not keep the dagstore from closing', async () => {
    const opened = await openAt(new ManualClock(at(12)), [])
    await opened.dagstore.pause()
    const events = collect(opened.dagstore.initializeAll({ concurrency: 2 }))
    events.catch(() => {})
    await opened.close()
    await expect(events).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('counts a shard that somebody else began meanwhile as done', async () => {
    const { dagstore } = await openAt(new ManualClock(at(12)), [])
    await dagstore.pause()
    const events = collect(dagstore.initializeAll({ concurrency: 1 }))
    await (await dagstore.acquire(cars[2]?.key ?? '')).close()
    await dagstore.resume()
    expect((await events).filter((event) => event === 'success')).toHaveLength(3)
  })
})
