import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  EngineError,
  EventStream,
  fromErrno,
  lockPath,
  removeTemporaryFiles,
  removeTemporaryFilesOf,
  Table,
  TaskQueue,
  Throttle,
  temporaryPathFor,
  writeFileAtomic,
} from './index.ts'

const folders: string[] = []
const temporaryFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carport-base-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describe('EngineError', () => {
  it('keeps code, kind and details when it crosses a process', () => {
    const error = new EngineError('NO_SPACE', 'The disk is full.', { details: { path: '/x' } })
    const back = EngineError.fromValue(structuredClone(error.toValue()))
    expect(back).toMatchObject({
      code: 'NO_SPACE',
      kind: 'limit',
      message: 'The disk is full.',
      details: { path: '/x' },
    })
  })
  it('names the file and the cause of a system error', () => {
    const error = fromErrno(
      Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', syscall: 'write', path: '/data/a.car' }),
    )
    expect(error.code).toBe('NO_SPACE')
    expect(error.message).toContain('/data/a.car')
  })
})

describe('Throttle', () => {
  it('never runs more than its limit, and takes a new limit while tasks wait', async () => {
    const throttle = new Throttle(2)
    const release: Array<() => void> = []
    let running = 0
    let most = 0
    const task = () =>
      throttle.run(async () => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => release.push(resolve))
        running--
      })
    const all = [task(), task(), task(), task()]
    await Promise.resolve()
    expect(throttle.running).toBe(2)
    throttle.limit = 3
    await Promise.resolve()
    await Promise.resolve()
    expect(throttle.running).toBe(3)
    while (throttle.running > 0) {
      for (const done of release.splice(0)) done()
      await Promise.resolve()
    }
    await Promise.all(all)
    expect(most).toBe(3)
  })
  it('lets a waiting task be cancelled', async () => {
    const throttle = new Throttle(1)
    let finish = () => {}
    const first = throttle.run(() => new Promise<void>((resolve) => (finish = resolve)))
    const controller = new AbortController()
    const second = throttle.run(async () => 'ran', controller.signal)
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
    finish()
    await first
    expect(throttle.running).toBe(0)
  })
})

describe('TaskQueue', () => {
  it('goes on after a failure', async () => {
    const queue = new TaskQueue()
    const order: number[] = []
    const failing = queue.run(async () => {
      order.push(1)
      throw new EngineError('INTERNAL', 'no')
    })
    const next = queue.run(() => order.push(2))
    await expect(failing).rejects.toThrow('no')
    await next
    await queue.drained()
    expect(order).toEqual([1, 2])
  })
})

describe('EventStream', () => {
  it('delivers everything to a slow subscriber', async () => {
    const stream = new EventStream<number>()
    const controller = new AbortController()
    const got: number[] = []
    const reading = (async () => {
      for await (const n of stream.subscribe(controller.signal)) {
        got.push(n)
        if (n === 4) controller.abort()
      }
    })()
    await Promise.resolve()
    for (let i = 0; i < 5; i++) stream.publish(i)
    await reading
    expect(got).toEqual([0, 1, 2, 3, 4])
  })

  it('ends a subscriber that does not read, after what it kept for it', async () => {
    const stream = new EventStream<number>()
    const slow = stream.subscribe(undefined, { limit: 3 })
    const first = slow.next()
    for (let i = 0; i < 1000; i++) stream.publish(i)
    expect(stream.hasListeners).toBe(false)
    expect([await first, await slow.next(), await slow.next()].map(({ value }) => value)).toEqual([0, 1, 2])
    await expect(slow.next()).rejects.toMatchObject({ code: 'TOO_SLOW' })
    stream.publish(1000)
    expect((await slow.next()).done).toBe(true)
  })

  it('keeps one of several events that replace each other', async () => {
    const stream = new EventStream<number>()
    const slow = stream.subscribe(undefined, { limit: 2, replaces: (newer, older) => newer > 10 && older > 10 })
    const first = slow.next()
    for (const n of [1, 11, 12, 13, 14]) stream.publish(n)
    expect([await first, await slow.next()].map(({ value }) => value)).toEqual([1, 14])
    await slow.return()
  })
})

describe('Table', () => {
  it('gives a snapshot, then every later change, in order', async () => {
    const table = new Table<{ id: string; n: number }>((row) => row.id, 0)
    table.set({ id: 'a', n: 1 })
    const controller = new AbortController()
    const events = table.watch(controller.signal)
    expect((await events.next()).value).toMatchObject({ type: 'snapshot', rows: [{ id: 'a', n: 1 }], complete: true })
    table.set({ id: 'b', n: 2 })
    expect((await events.next()).value).toMatchObject({ type: 'upsert', rows: [{ id: 'b', n: 2 }] })
    table.delete('a')
    expect((await events.next()).value).toMatchObject({ type: 'remove', ids: ['a'] })
    controller.abort()
    expect((await events.next()).done).toBe(true)
  })

  it('sends a client that does not read each row once, as it is then', async () => {
    const table = new Table<{ id: string; n: number }>((row) => row.id, 0)
    const slow = table.watch()
    const quick = table.watch()
    await slow.next()
    await quick.next()
    for (let n = 0; n < 100; n++) {
      table.set({ id: 'a', n })
      table.set({ id: String(n), n })
      table.delete(String(n - 1))
      while ((await quick.next()).value?.type !== 'remove' && n > 0);
    }
    expect((await slow.next()).value).toMatchObject({ type: 'upsert', rows: [{ id: 'a', n: 99 }, { id: '99' }] })
    expect((await slow.next()).value).toMatchObject({ type: 'remove', seq: 2 })
    await Promise.all([slow.return(), quick.return()])
  })

  it('keeps nothing for those who left, not even in the middle of a snapshot', async () => {
    const table = new Table<{ id: string; n: number }>((row) => row.id, 0)
    for (let n = 0; n < 5000; n++) table.set({ id: String(n), n })
    for await (const event of table.watch()) {
      expect(event).toMatchObject({ type: 'snapshot', complete: false })
      break
    }
    table.set({ id: '1', n: 7 }) // nobody is told
    const seqs: number[] = []
    let rows = 0
    for await (const event of table.watch()) {
      seqs.push(event.seq)
      if (event.type === 'snapshot') rows += event.rows.length
      if (event.type === 'snapshot' && event.complete) table.set({ id: '2', n: 9 })
      if (event.type !== 'upsert') continue
      expect(event.rows).toEqual([{ id: '2', n: 9 }])
      break
    }
    expect([rows, seqs]).toEqual([5000, [0, 0, 0, 1]])
  })
})

describe('files', () => {
  it('replaces a file whole and clears what a crash left', async () => {
    const directory = await temporaryFolder()
    const path = join(directory, 'a')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, 'two')
    await writeFile(temporaryPathFor(path), 'half')
    expect(await removeTemporaryFiles(directory)).toHaveLength(1)
    expect(await readFile(path, 'utf8')).toBe('two')
  })
  it('clears what a crash left of one path, and nothing of its neighbours', async () => {
    const directory = await temporaryFolder()
    const [mine, other] = [join(directory, 'a'), join(directory, 'ab')]
    const neighbour = temporaryPathFor(other)
    await writeFile(temporaryPathFor(mine), 'half')
    await writeFile(neighbour, 'half')
    expect(await removeTemporaryFilesOf(mine)).toHaveLength(1)
    expect(await readFile(neighbour, 'utf8')).toBe('half')
    expect(await removeTemporaryFilesOf(join(directory, 'gone', 'a'))).toEqual([])
  })
  it('gives a path to one writer, and takes over from a dead one', async () => {
    const directory = await temporaryFolder()
    const path = join(directory, 'a.car')
    const lock = await lockPath(path)
    await expect(lockPath(path)).rejects.toMatchObject({ code: 'LOCKED' })
    await lock.release()
    await writeFile(`${path}.lock`, '999999999 1\n')
    await (await lockPath(path)).release()
  })
})
