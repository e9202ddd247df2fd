import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { EngineError } from '../../base/index.ts'
import type { Store, StoreOperation } from '../../store/index.ts'
import { DagstoreHome, type OpenedDagstore } from '../test-kit/open-dagstore.ts'
import { testCar } from '../test-kit/test-cars.ts'
import type { PlanRequest } from './bulk-ports.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
  home.pieces.add(...cars)
})
afterEach(() => home.remove())

const cars = Array.from({ length: 10 }, (_, i) => testCar(`car ${i}`)).sort((a, b) => (a.key < b.key ? -1 : 1))
const keys = cars.map(({ key }) => key)
const keyOf = (at: number) => keys[at] as string

async function withShards(lazy = true): Promise<OpenedDagstore> {
  const opened = await home.open()
  for (const key of keys) await opened.dagstore.registerPiece(key, { lazy })
  return opened
}

async function begun(
  { dagstore: { bulk } }: OpenedDagstore,
  verb: PlanRequest['verb'],
  concurrency = 2,
  selection: PlanRequest['selection'] = { kind: 'keys', keys },
): Promise<string> {
  for await (const step of bulk.plan({ verb, selection, includeSealed: true }))
    if (step.type === 'plan') return (await bulk.start({ planId: step.plan.planId, concurrency })).id
  throw new Error('There was no plan.')
}

const viewOf = ({ dagstore }: OpenedDagstore, id: string): BulkRunView | undefined =>
  dagstore.bulk.list().find((run) => run.id === id)

/** From now on nothing is written of what becomes of shards: as if the process were killed right after the work. */
function forgetOutcomes(store: Store): void {
  const batch = store.batch.bind(store)
  store.batch = (operations, options) => batch(operations.flatMap(withoutOutcome), options)
}

function withoutOutcome(operation: StoreOperation): StoreOperation[] {
  const key = Buffer.from(operation.key).toString()
  if (!key.startsWith('/bulk/')) return [operation]
  if (operation.type === 'delete') return []
  const row = JSON.parse(Buffer.from(operation.value).toString()) as { last?: unknown; done?: unknown }
  if (row.last !== undefined && row.last !== null) return []
  delete row.done
  return [{ ...operation, value: Buffer.from(JSON.stringify(row)) }]
}

describe('a run over many shards', () => {
  it('goes on after a stop and a start, where it was, with what it had counted', async () => {
    const first = await withShards()
    home.pieces.fail(keyOf(0), new EngineError('CAR_INVALID', 'Byte 17 makes no sense.'))
    await first.dagstore.destroy(keyOf(1))
    const id = await begun(first, 'initialize', 2, { kind: 'keys', keys: keys.filter((key) => key !== keyOf(1)) })
    await first.dagstore.bulk.pause(id)
    await first.dagstore.settled()
    await first.dagstore.bulk.resume(id)
    home.pieces.hold()
    await home.pieces.held(2)
    const before = viewOf(first, id)
    await first.close()
    home.pieces.release()

    const second = await home.open()
    const after = viewOf(second, id)
    expect(after).toMatchObject({ id, verb: 'initialize', state: 'running', total: 9, concurrency: 2 })
    expect(after?.resumedAt).not.toBeNull()
    expect(after?.startedAt).toBe(before?.startedAt)
    expect(after).toMatchObject({ succeeded: before?.succeeded, failed: before?.failed, failures: before?.failures })
    expect(await second.dagstore.bulk.ended(id)).toMatchObject({ state: 'done', succeeded: 8, failed: 1, skipped: 0 })
    expect(second.dagstore.list({ state: 'Available' })).toHaveLength(8)
  })

  it('stays paused, and keeps the number at a time that it was given', async () => {
    const first = await withShards()
    home.pieces.hold()
    const id = await begun(first, 'initialize', 1)
    await home.pieces.held(1)
    await first.dagstore.bulk.setConcurrency({ runId: id, concurrency: 3 })
    await first.dagstore.bulk.pause(id)
    await first.close()
    home.pieces.release()

    const second = await home.open()
    await second.dagstore.settled()
    expect(viewOf(second, id)).toMatchObject({ state: 'paused', concurrency: 3, underWay: 0, etaSeconds: null })
    await second.close()
    const third = await home.open()
    expect(viewOf(third, id)).toMatchObject({ state: 'paused' })
    await third.dagstore.bulk.resume(id)
    expect(await third.dagstore.bulk.ended(id)).toMatchObject({ state: 'done', succeeded: 10, skipped: 0 })
  })

  it('waits after a restart, too, while all bulk work is paused', async () => {
    const first = await withShards()
    await first.dagstore.pause()
    const id = await begun(first, 'initialize')
    await first.close()
    const second = await home.open()
    expect(second.dagstore.bulkState.waitsFor).toBe('resume')
    expect(viewOf(second, id)).toMatchObject({ state: 'running', held: true, underWay: 0 })
    await second.dagstore.resume()
    expect(await second.dagstore.bulk.ended(id)).toMatchObject({ succeeded: 10 })
    await second.close()
    expect((await home.open()).dagstore.bulkState.waitsFor).toBeNull()
  })

  it.each(['register', 'initialize', 'recover', 'destroy'] as const)(
    'counts as done what was done to a shard right before a kill, and does it once: %s',
    async (verb) => {
      if (verb === 'recover')
        for (const key of keys) home.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', 'The disk is away.'))
      const first = verb === 'register' ? await home.open() : await withShards()
      if (verb === 'recover') for (const key of keys) await first.dagstore.initialize(key).catch(() => {})
      await first.dagstore.settled()
      for (const key of keys) home.pieces.mend(key)
      forgetOutcomes(first.store)
      const id = await begun(first, verb, 3)
      expect(await first.dagstore.bulk.ended(id)).toMatchObject({ succeeded: 10 })
      await first.close()

      const second = await home.open()
      expect(viewOf(second, id)).toMatchObject({ state: 'running', total: 10 })
      expect(await second.dagstore.bulk.ended(id)).toMatchObject({ succeeded: 10, failed: 0, skipped: 0 })
      expect(second.dagstore.list()).toHaveLength(verb === 'destroy' ? 0 : 10)
      expect(second.traces).toEqual([])
    },
  )

  it('counts as failed what failed right before a kill', async () => {
    const first = await withShards()
    for (const key of keys) home.pieces.fail(key, new EngineError('CAR_INVALID', 'Byte 17 makes no sense.'))
    first.dagstore.configure({ MaxRecoverAttempts: 0 })
    forgetOutcomes(first.store)
    const failures = first.store.batch.bind(first.store)
    first.store.batch = async (operations, options) => {
      const text = operations.map((each) => (each.type === 'put' ? Buffer.from(each.value).toString() : ''))
      if (!text.some((row) => row.includes('"failed"'))) await failures(operations, options)
    }
    const id = await begun(first, 'initialize', 0)
    await first.dagstore.bulk.ended(id)
    await first.close()
    const second = await home.open()
    expect(await second.dagstore.bulk.ended(id)).toMatchObject({ succeeded: 0, failed: 10, skipped: 0 })
  })

  it('judges anew what changed meanwhile, and what it had not begun', async () => {
    const first = await withShards()
    const id = await begun(first, 'initialize', 1)
    await first.dagstore.bulk.pause(id)
    await first.close()

    const second = await home.open()
    const done = viewOf(second, id)?.succeeded ?? 0
    await second.dagstore.initialize(keyOf(8))
    await second.dagstore.destroy(keyOf(9))
    await second.dagstore.bulk.resume(id)
    const view = await second.dagstore.bulk.ended(id)
    expect(done).toBeLessThan(8)
    expect(view).toMatchObject({ state: 'done', succeeded: 8, failed: 0, skipped: 2 })
    expect(view.skips.map(({ reason }) => reason).sort()).toEqual([
      'It is initialized already.',
      'There is no such shard.',
    ])
  })

  it('is remembered after its end, with its failures, until it is dismissed', async () => {
    const first = await withShards()
    for (const key of keys.slice(0, 3))
      home.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', `The disk with ${key} is away.`))
    const id = await begun(first, 'initialize')
    const ended = await first.dagstore.bulk.ended(id)
    await first.close()

    const second = await home.open()
    const { bulk } = second.dagstore
    expect(bulk.list()).toEqual([ended])
    const page = { runId: id, words: ['The disk with … is away.'], from: 0, limit: 10 }
    const { shards } = await bulk.failures(page)
    expect(shards.map(({ key }) => key).sort()).toEqual(keys.slice(0, 3))
    for (const key of keys.slice(0, 3)) home.pieces.mend(key)
    const again = await begun(second, 'recover', 2, { kind: 'failed', runId: id, words: null })
    expect(await bulk.ended(again)).toMatchObject({ succeeded: 3 })
    await bulk.dismiss(id)
    await bulk.dismiss(again)
    await second.close()
    expect(await rowsOf('/bulk/')).toEqual([])
    const third = await home.open()
    expect(third.dagstore.bulk.list()).toEqual([])
  })

  it('that was being stopped does not go on', async () => {
    const first = await withShards()
    home.pieces.hold()
    const id = await begun(first, 'initialize', 3)
    await home.pieces.held(3)
    await first.dagstore.bulk.stop(id)
    await first.close()
    home.pieces.release()
    const second = await home.open()
    expect(await second.dagstore.bulk.ended(id)).toMatchObject({ state: 'stopped' })
    expect(second.dagstore.list({ state: 'New' }).length).toBeGreaterThanOrEqual(7)
  })

  it('whose records are damaged keeps nothing else from starting', async () => {
    const first = await withShards()
    home.pieces.hold()
    const id = await begun(first, 'initialize', 1)
    await home.pieces.held(1)
    await first.close()
    home.pieces.release()
    const store = await home.openStore()
    await store.put(Buffer.from(`/bulk/log/${id}/0000000000`), Buffer.from('{"begun":['))
    await store.put(Buffer.from('/bulk/run/another'), Buffer.from('nonsense'))
    await store.close()
    const second = await home.open()
    expect(second.dagstore.bulk.list()).toEqual([])
    await (await second.dagstore.acquire(keyOf(5))).close()
  })

  it('writes a little for each shard, however many there are', async () => {
    const opened = await home.open()
    const many = Array.from({ length: 20_000 }, (_, at) => `shard ${at}`)
    for (const key of many.slice(0, 50)) await opened.dagstore.register(key, 'bytes://aGVsbG8=', { lazy: true })
    const written: number[] = []
    const batch = opened.store.batch.bind(opened.store)
    opened.store.batch = (operations, options) => {
      for (const operation of operations)
        if (operation.type === 'put' && Buffer.from(operation.key).toString().startsWith('/bulk/'))
          written.push(operation.value.length)
      return batch(operations, options)
    }
    const id = await begun(opened, 'destroy', 4, { kind: 'keys', keys: many.slice(0, 50) })
    await opened.dagstore.bulk.ended(id)
    const sum = written.reduce((a, b) => a + b, 0)
    expect(sum).toBeLessThan(50 * 100 + 2000)
    expect(Math.max(...written)).toBeLessThan(1500)
  })
})

async function rowsOf(prefix: string): Promise<string[]> {
  const store = await home.openStore()
  const rows: string[] = []
  for await (const { key } of store.texts(prefix)) rows.push(key)
  await store.close()
  return rows
}
