import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BulkPlan, BulkRunView } from '../../../../src-shared/contract/index.ts'
import { EngineError } from '../../base/index.ts'
import { DagstoreHome, type OpenedDagstore } from '../test-kit/open-dagstore.ts'
import { testCar } from '../test-kit/test-cars.ts'
import type { Bulk, PlanRequest } from './bulk-ports.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const cars = Array.from({ length: 10 }, (_, i) => testCar(`car ${i}`)).sort((a, b) => (a.key < b.key ? -1 : 1))
const keys = cars.map(({ key }) => key)
const keyOf = (at: number) => keys[at] as string

async function withShards(lazy = true): Promise<OpenedDagstore> {
  home.pieces.add(...cars)
  const opened = await home.open()
  for (const key of keys) await opened.dagstore.registerPiece(key, { lazy })
  return opened
}

async function planOf(runs: Bulk, request: Partial<PlanRequest> & Pick<PlanRequest, 'verb'>): Promise<BulkPlan> {
  for await (const step of runs.plan({ selection: { kind: 'keys', keys }, ...request }))
    if (step.type === 'plan') return step.plan
  throw new Error('There was no plan.')
}

async function started(runs: Bulk, request: Parameters<typeof planOf>[1], concurrency = 2): Promise<string> {
  return (await runs.start({ planId: (await planOf(runs, request)).planId, concurrency })).id
}

const viewOf = (runs: Bulk, id: string): BulkRunView | undefined => runs.list().find((run) => run.id === id)
const done = (runs: Bulk, id: string): Promise<BulkRunView> => runs.ended(id)
const page = { from: 0, limit: 100 }

describe('a plan of work on many shards', () => {
  it('touches nothing, and says how many would be done and why others would not', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    home.pieces.sealed.add(keyOf(0)).add(keyOf(1))
    home.pieces.remove(keyOf(2))
    await dagstore.initialize(keyOf(9))
    const plan = await planOf(runs, { verb: 'initialize', selection: { kind: 'keys', keys: [...keys, 'gone'] } })
    expect(plan).toMatchObject({ asked: 11, wanted: 6 })
    expect(plan.skipped).toEqual([
      { reason: 'Only a sealed copy exists.', count: 2 },
      { reason: 'It is initialized already.', count: 1 },
      { reason: 'No source has its data.', count: 1 },
      { reason: 'There is no such shard.', count: 1 },
    ])
    const sealed = runs.planned({ planId: plan.planId, reason: 'Only a sealed copy exists.', ...page })
    expect(sealed).toEqual({
      shards: keys.slice(0, 2).map((key) => ({ key, reason: 'Only a sealed copy exists.' })),
      total: 2,
    })
    expect(runs.planned({ planId: plan.planId, reason: null, from: 4, limit: 1 })).toMatchObject({
      shards: [{ key: keyOf(7) }],
      total: 6,
    })
    expect(dagstore.list({ state: 'New' })).toHaveLength(9)
  })

  it('is the one of initialize-all', async () => {
    const { dagstore } = await withShards()
    home.pieces.sealed.add(keyOf(0))
    const plan = await planOf(dagstore.bulk, { verb: 'initialize', selection: { kind: 'all' } })
    const events = []
    for await (const event of dagstore.initializeAll({ concurrency: 1, dryRun: true })) events.push(event)
    expect(events.filter(({ event }) => event === 'start')).toHaveLength(plan.wanted)
    expect(events.filter(({ event }) => event === 'skipped').map(({ error }) => error)).toEqual(
      plan.skipped.map(({ reason }) => reason),
    )
  })

  it.each([
    ['recover', 'It has not failed.'],
    ['initialize', 'It is initialized already.'],
  ] as const)('passes over shards that %s is not for', async (verb, reason) => {
    const { dagstore } = await withShards(false)
    expect(await planOf(dagstore.bulk, { verb })).toMatchObject({ wanted: 0, skipped: [{ reason, count: 10 }] })
  })

  it('needs no source to re-index where a copy is here, nor to register what is only sealed lazily', async () => {
    home.pieces.add(...cars)
    const { dagstore } = await home.open({ sequential: true })
    for (const key of keys.slice(0, 2)) await dagstore.registerPiece(key)
    await dagstore.gc()
    await (await dagstore.acquire(keyOf(0))).close() // only this one has a copy now
    for (const key of keys) home.pieces.sealed.add(key)
    const sealed = { reason: 'Only a sealed copy exists.', count: 1 }
    const pair = { kind: 'keys' as const, keys: keys.slice(0, 2) }
    expect(await planOf(dagstore.bulk, { verb: 'reindex', selection: pair })).toMatchObject({
      wanted: 1,
      skipped: [sealed],
    })
    const one = { kind: 'keys' as const, keys: [keyOf(5)] }
    const register = (lazy: boolean) => planOf(dagstore.bulk, { verb: 'register', lazy, selection: one })
    expect(await register(true)).toMatchObject({ wanted: 1 })
    expect(await register(false)).toMatchObject({ wanted: 0, skipped: [sealed] })
  })

  it('does not destroy what is being read', async () => {
    const { dagstore } = await withShards(false)
    const reader = await dagstore.acquire(keyOf(3))
    const plan = await planOf(dagstore.bulk, { verb: 'destroy' })
    expect(plan).toMatchObject({ wanted: 9, skipped: [{ reason: 'It is being read.', count: 1 }] })
    expect(plan.bytes.indexes).toBeGreaterThan(0)
    await reader.close()
  })

  it('names pieces to be registered, once each, and what is none', async () => {
    home.pieces.add(...cars)
    const { dagstore } = await home.open()
    await dagstore.registerPiece(keyOf(0), { lazy: true })
    home.pieces.remove(keyOf(1))
    home.pieces.sealed.add(keyOf(2))
    const asked = [...keys, keyOf(5), 'no piece']
    const plan = await planOf(dagstore.bulk, { verb: 'register', selection: { kind: 'keys', keys: asked } })
    expect(plan.wanted).toBe(8)
    expect(plan.skipped.map(({ reason }) => reason).sort()).toEqual([
      'It is not a piece CID.',
      'It is registered already.',
      'No source has its data.',
    ])
    await expect(planOf(dagstore.bulk, { verb: 'register', selection: { kind: 'all' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('is made of one shard at an address, and registers it there', async () => {
    const { dagstore } = await home.open()
    const runs = dagstore.bulk
    const named = (url: string, key = 'mine'): PlanRequest => ({
      ...{ verb: 'register', selection: { kind: 'keys', keys: [key] }, url },
    })
    expect(await planOf(runs, named('file:///nowhere/a.car'))).toMatchObject({ wanted: 0 })
    expect((await planOf(runs, named('gopher://a'))).skipped).toHaveLength(1)
    expect((await planOf(runs, named('bytes://aGVsbG8=', '../x'))).skipped).toEqual([
      { reason: 'It cannot be a shard key.', count: 1 },
    ])
    await done(runs, await started(runs, named('bytes://aGVsbG8=')))
    expect(dagstore.info('mine')).toMatchObject({ state: 'New', url: 'bytes://aGVsbG8=' })
    const two = { ...named('bytes://aGVsbG8='), selection: { kind: 'keys' as const, keys: ['a', 'b'] } }
    await expect(planOf(runs, two)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('takes a selection in parts, however many shards there are', async () => {
    const runs = (await withShards()).dagstore.bulk
    const first = runs.gather({ selectionId: null, keys: keys.slice(0, 4) })
    const { selectionId, count } = runs.gather({ selectionId: first.selectionId, keys: keys.slice(4) })
    expect(count).toBe(10)
    const plan = await planOf(runs, { verb: 'initialize', selection: { kind: 'gathered', selectionId } })
    expect(plan.wanted).toBe(10)
    expect(() => runs.gather({ selectionId: 'another', keys })).toThrow(EngineError)
  })
})

describe('a run', () => {
  it('fails at nothing that another run does at the same moment', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    const plans = [await planOf(runs, { verb: 'initialize' }), await planOf(runs, { verb: 'initialize' })]
    const ids = await Promise.all(plans.map(async ({ planId }) => (await runs.start({ planId, concurrency: 3 })).id))
    const views = await Promise.all(ids.map((id) => done(runs, id)))
    expect(views.map(({ failed }) => failed)).toEqual([0, 0])
    expect(views.map(({ succeeded, skipped }) => succeeded + skipped)).toEqual([10, 10])
    expect(views.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(10)
  })

  it('does what was planned, by itself, and counts', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    const view = await done(runs, await started(runs, { verb: 'initialize' }))
    expect(view).toMatchObject({ state: 'done', total: 10, succeeded: 10, failed: 0, skipped: 0, underWay: 0 })
    expect(view.endedAt).not.toBeNull()
    expect(dagstore.list({ state: 'Available' })).toHaveLength(10)
    expect(runs.list()).toHaveLength(1)
    await runs.dismiss(view.id)
    expect(runs.list()).toHaveLength(0)
  })

  it.each([
    ['reindex', false, 'Available'],
    ['acquire', true, 'Available'],
  ] as const)('can %s', async (verb, lazy, state) => {
    const { dagstore } = await withShards(lazy)
    expect(await done(dagstore.bulk, await started(dagstore.bulk, { verb }))).toMatchObject({ succeeded: 10 })
    await dagstore.settled()
    expect(dagstore.list({ state })).toHaveLength(10)
  })

  it('registers and destroys', async () => {
    home.pieces.add(...cars)
    const { dagstore } = await home.open()
    const runs = dagstore.bulk
    expect(await done(runs, await started(runs, { verb: 'register' }))).toMatchObject({ succeeded: 10 })
    expect(dagstore.list({ state: 'New' })).toHaveLength(10)
    expect(await done(runs, await started(runs, { verb: 'destroy' }))).toMatchObject({ succeeded: 10 })
    expect(dagstore.list()).toEqual([])
  })

  it('holds still while it is paused, and goes on', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    home.pieces.hold()
    const id = await started(runs, { verb: 'initialize' }, 3)
    await home.pieces.held(3)
    await runs.pause(id)
    home.pieces.release()
    await dagstore.settled()
    expect(viewOf(runs, id)).toMatchObject({ state: 'paused', succeeded: 3, underWay: 0, etaSeconds: null })
    await runs.resume(id)
    expect(await done(runs, id)).toMatchObject({ state: 'done', succeeded: 10 })
  })

  it('stays in sight while it is not over, however many others end', async () => {
    const { dagstore } = await withShards(false)
    const runs = dagstore.bulk
    const paused = await started(runs, { verb: 'reindex' }, 1)
    await runs.pause(paused)
    for (let i = 0; i < 25; i++)
      await done(runs, await started(runs, { verb: 'acquire', selection: { kind: 'keys', keys: [keyOf(0)] } }))
    expect(viewOf(runs, paused)).toMatchObject({ state: 'paused' })
    expect(runs.list().length).toBeLessThanOrEqual(20)
  })

  it('keeps no keys once it is over: only what happened', async () => {
    const { dagstore, store } = await withShards()
    await done(dagstore.bulk, await started(dagstore.bulk, { verb: 'initialize' }))
    await dagstore.bulk.list()
    const rows = async () => {
      const left: string[] = []
      for await (const { key } of store.entries({ prefix: Buffer.from('/bulk/keys/') }))
        left.push(Buffer.from(key).toString())
      return left
    }
    await expect.poll(rows).toEqual([])
  })

  it('stops: what is under way ends, no more is begun', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    home.pieces.hold()
    const id = await started(runs, { verb: 'initialize' }, 3)
    await home.pieces.held(3)
    await runs.stop(id)
    expect(viewOf(runs, id)).toMatchObject({ state: 'stopping', underWay: 3 })
    await expect(runs.dismiss(id)).rejects.toThrow('not ended')
    home.pieces.release()
    expect(await done(runs, id)).toMatchObject({ state: 'stopped', succeeded: 3 })
    expect(dagstore.list({ state: 'New' })).toHaveLength(7)
  })

  it('does more at once, or fewer, from the moment that it is told so', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    dagstore.configure({ MaxConcurrentIndex: 0 })
    home.pieces.hold()
    const id = await started(runs, { verb: 'initialize' }, 1)
    await home.pieces.held(1)
    expect(home.pieces.waiting).toBe(1)
    await runs.setConcurrency({ runId: id, concurrency: 6 })
    await home.pieces.held(6)
    expect(viewOf(runs, id)).toMatchObject({ underWay: 6, concurrency: 6 })
    await runs.setConcurrency({ runId: id, concurrency: 1 })
    home.pieces.release()
    expect(await done(runs, id)).toMatchObject({ succeeded: 10 })
  })

  it('waits for the pause of all bulk work to end', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    await dagstore.pause()
    const id = await started(runs, { verb: 'initialize' })
    expect(viewOf(runs, id)).toMatchObject({ state: 'running', held: true, underWay: 0 })
    await dagstore.resume()
    expect(await done(runs, id)).toMatchObject({ held: false, succeeded: 10 })
  })

  it('groups what failed by cause, and what failed can be done again', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    for (const key of keys.slice(0, 3))
      home.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', `The disk with ${key} is away.`))
    home.pieces.fail(keyOf(3), new EngineError('CAR_INVALID', 'Byte 17 makes no sense.'))
    const id = await started(runs, { verb: 'initialize' })
    const view = await done(runs, id)
    expect(view).toMatchObject({ succeeded: 6, failed: 4 })
    expect(view.failures).toMatchObject([
      { words: 'The disk with … is away.', code: 'PIECE_NOT_FOUND', count: 3 },
      { words: 'Byte … makes no sense.', code: 'CAR_INVALID', count: 1 },
    ])
    const { shards, total } = await runs.failures({ runId: id, words: ['The disk with … is away.'], ...page })
    expect([shards.map(({ key }) => key).sort(), total]).toEqual([keys.slice(0, 3), 3])
    await dagstore.settled() // each is tried once more by itself
    for (const key of keys.slice(0, 3)) home.pieces.mend(key)
    const selection = { kind: 'failed' as const, runId: id, words: ['The disk with … is away.'] }
    expect(await done(runs, await started(runs, { verb: 'recover', selection }))).toMatchObject({ succeeded: 3 })
    expect(dagstore.list({ failed: true }).map(({ key }) => key)).toEqual([keyOf(3)])
  })

  it('passes over what changed since it was planned', async () => {
    const { dagstore } = await withShards()
    const { planId } = await planOf(dagstore.bulk, { verb: 'initialize' })
    await dagstore.initialize(keyOf(0))
    await dagstore.destroy(keyOf(1))
    const { id } = await dagstore.bulk.start({ planId, concurrency: 0 })
    const view = await done(dagstore.bulk, id)
    expect(view).toMatchObject({ succeeded: 8, skipped: 2, failed: 0 })
    expect(view.skips.map(({ reason }) => reason).sort()).toEqual([
      'It is initialized already.',
      'There is no such shard.',
    ])
    await expect(dagstore.bulk.start({ planId, concurrency: 1 })).rejects.toThrow('not kept any more')
  })

  it('tells whoever watches, also one who comes later', async () => {
    const { dagstore } = await withShards()
    const runs = dagstore.bulk
    const id = await started(runs, { verb: 'initialize' })
    await runs.ended(id)
    const watching = runs.table.watch()
    expect((await watching.next()).value).toMatchObject({ type: 'snapshot', rows: [{ id, state: 'done' }] })
    await watching.return()
  })
})
