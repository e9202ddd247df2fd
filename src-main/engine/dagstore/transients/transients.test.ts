import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, EngineError, MemoryReader, systemClock, Throttle } from '../../base/index.ts'
import type { Mount, StreamOptions } from '../mount/mount.ts'
import { TransientFolder } from './transient-folder.ts'
import { TransientSpace } from './transient-space.ts'
import { Upgrader } from './upgrader.ts'

const UNLIMITED = { maxBytes: 0, highWatermark: 0.9, lowWatermark: 0.7 }

let directory: string
let space: TransientSpace
let folder: TransientFolder
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carport-transients-'))
  space = new TransientSpace(systemClock, UNLIMITED)
  folder = new TransientFolder(directory, space, new Throttle(0))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A source that is read from start to end, and counts how often. */
class TestSource implements Mount {
  readonly access = 'sequential'
  readonly resumable: boolean
  content: Uint8Array
  streams: number[] = []
  ready = true
  exists = true
  sizeBytes: number | null
  failAfterBytes = Number.POSITIVE_INFINITY
  gate: Promise<void> = Promise.resolve()
  running = 0
  signal: AbortSignal | undefined

  constructor(content: Uint8Array | string, resumable = false) {
    this.content = Buffer.from(content)
    this.sizeBytes = this.content.length
    this.resumable = resumable
  }

  url(): string {
    return 'test://source'
  }

  async stat() {
    return { exists: this.exists, sizeBytes: this.sizeBytes, ready: this.ready, path: null }
  }

  async *stream(from: number, { signal }: StreamOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    this.signal = signal
    this.streams.push(from)
    this.running++
    try {
      await this.gate
      const step = 1 << 20
      for (let at = from; at < this.content.length; at += step) {
        if (at >= this.failAfterBytes) throw new EngineError('MOUNT_UNAVAILABLE', 'The source has gone away.')
        yield this.content.subarray(at, at + step)
      }
    } finally {
      this.running--
    }
  }
}

const upgraderFor = (mount: Mount, transientPath?: string) => new Upgrader({ key: 'k', mount, folder, transientPath })

async function readAll(upgrader: Upgrader): Promise<string> {
  const reader = await upgrader.open()
  const bytes = new Uint8Array(reader.size)
  await reader.readAt(bytes, 0)
  await reader.close()
  return Buffer.from(bytes).toString()
}

describe('a mount that is read from start to end', () => {
  it('is copied once for twenty at a time, and again after the copy was deleted by hand', async () => {
    const source = new TestSource('content')
    const upgrader = upgraderFor(source)
    const all = await Promise.all(Array.from({ length: 20 }, () => readAll(upgrader)))
    expect([new Set(all), source.streams.length]).toEqual([new Set(['content']), 1])
    await rm(upgrader.transientPath)
    expect([await readAll(upgrader), source.streams.length]).toEqual(['content', 2])
  })

  it('is copied again where somebody cut it while it is in use', async () => {
    const source = new TestSource('the content of a piece')
    const upgrader = upgraderFor(source)
    await readAll(upgrader)
    await truncate(upgrader.transientPath, 5)
    expect(await readAll(upgrader)).toBe('the content of a piece')
    expect([source.streams.length, space.usedBytes]).toEqual([2, 22])
    await truncate(upgrader.transientPath, 5)
    source.ready = false
    expect([await readAll(upgrader), source.streams.length]).toEqual(['the c', 2])
  })

  it('is fetched again after a fetch that failed', async () => {
    const source = new TestSource('content')
    source.failAfterBytes = 0
    const upgrader = upgraderFor(source)
    for (let i = 0; i < 2; i++) await expect(upgrader.open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    source.failAfterBytes = Number.POSITIVE_INFINITY
    expect([await readAll(upgrader), source.streams.length]).toEqual(['content', 3])
    expect(existsSync(folder.partialPath('k'))).toBe(false)
  })

  it('goes on where an interrupted copy was synced, if its source never changes', async () => {
    const content = Buffer.alloc(70 << 20, 'carport')
    const source = new TestSource(content, true)
    source.failAfterBytes = 66 << 20
    const upgrader = upgraderFor(source)
    await expect(upgrader.open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    source.failAfterBytes = Number.POSITIVE_INFINITY
    await (await upgraderFor(source).open()).close()
    expect(source.streams).toEqual([0, 64 << 20])
    expect((await readFile(folder.completePath('k'))).equals(content)).toBe(true)
  })

  it('goes on so after a recovery, too, and what is there counts as space until it is collected', async () => {
    const source = new TestSource(Buffer.alloc(67 << 20, 'carport'), true)
    source.failAfterBytes = 66 << 20
    const upgrader = upgraderFor(source)
    await expect(upgrader.open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    expect([upgrader.collectable, await upgrader.collectableBytes(), space.usedBytes]).toEqual([
      true,
      66 << 20,
      66 << 20,
    ])
    await space.remeasure(() => folder.measure())
    expect(space.usedBytes).toBe(66 << 20)
    await upgrader.discard()
    await expect(upgrader.open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    expect([source.streams, space.usedBytes]).toEqual([[0, 64 << 20], 66 << 20])
    expect([await upgrader.collect(), space.usedBytes, readdirSync(directory)]).toEqual([66 << 20, 0, []])
    source.failAfterBytes = Number.POSITIVE_INFINITY
    await (await upgrader.open()).close()
    expect([source.streams.at(-1), space.usedBytes]).toEqual([0, 67 << 20])
  })

  it('is not taken when it is shorter or longer than its source had said', async () => {
    const source = new TestSource('content')
    source.sizeBytes = 8
    await expect(upgraderFor(source).open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    source.sizeBytes = 6
    await expect(upgraderFor(source).open()).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    expect(existsSync(folder.completePath('k'))).toBe(false)
  })

  it('lets a caller go while the fetch serves the others, and ends the fetch when all have gone', async () => {
    const source = new TestSource('content')
    let open = () => {}
    source.gate = new Promise((resolve) => {
      open = resolve
    })
    const upgrader = upgraderFor(source)
    const [first, second] = [new AbortController(), new AbortController()]
    const results = Promise.allSettled([
      upgrader.open({ signal: first.signal }),
      upgrader.open({ signal: second.signal }),
    ])
    while (source.running === 0) await new Promise((resolve) => setImmediate(resolve))
    first.abort()
    open()
    const [gone, served] = await results
    expect(gone).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } })
    expect(served?.status).toBe('fulfilled')
    if (served?.status === 'fulfilled') await served.value.close()
    await upgrader.collect()
    const controller = new AbortController()
    source.gate = new Promise((resolve) => {
      open = resolve
    })
    const waiting = upgrader.open({ signal: controller.signal })
    while (source.running === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(source.signal?.aborted).toBe(true)
    open()
    await upgrader.discard() // waits for the copy to have ended
  })

  it('is closed before it gets its name', async () => {
    const open: string[] = []
    const onStep = (_key: string, name: string) => {
      if (name !== 'name-transient' || !existsSync('/proc/self/fd')) return
      for (const fd of readdirSync('/proc/self/fd'))
        try {
          open.push(readlinkSync(`/proc/self/fd/${fd}`))
        } catch {
          // closed meanwhile
        }
    }
    const upgrader = new Upgrader({ key: 'k', mount: new TestSource('content'), folder, onStep })
    expect(await readAll(upgrader)).toBe('content')
    expect(open.filter((path) => path.startsWith(directory))).toEqual([])
  })

  it('says so when its source is gone', async () => {
    const source = new TestSource('content')
    source.exists = false
    await expect(upgraderFor(source).open()).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
  })

  it('is not fetched where a copy is given, which is never deleted', async () => {
    const given = join(directory, 'given.car')
    await writeFile(given, 'given')
    const source = new TestSource('content')
    const upgrader = upgraderFor(source, given)
    expect([await readAll(upgrader), source.streams.length]).toEqual(['given', 0])
    await upgrader.discard()
    expect([await upgrader.collect(), existsSync(given)]).toEqual([0, true])
    expect(await readAll(upgrader)).toBe('content') // mistrusted after a recovery
  })

  it.each([
    [true, 3],
    [false, 100],
  ])('ready %s: at most %i of a hundred are fetched at once', async (ready, expected) => {
    folder.throttle.limit = 3
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const sources = Array.from({ length: 100 }, () => Object.assign(new TestSource('content'), { ready, gate }))
    const opened = sources.map((mount, i) => new Upgrader({ key: `k${i}`, mount, folder }).open())
    const running = () => sources.reduce((sum, source) => sum + source.running, 0)
    while (running() < expected) await new Promise((resolve) => setImmediate(resolve))
    expect(running()).toBe(expected)
    open()
    for (const reader of await Promise.all(opened)) await reader.close()
  })
})

describe('a mount that can be read at any position', () => {
  const inPlace: Mount = {
    access: 'random',
    url: () => 'test://in-place',
    stat: async () => ({ exists: true, sizeBytes: 7, ready: true, path: null }),
    open: async () => new MemoryReader(Buffer.from('content')),
  }

  it('gets no transient', async () => {
    const upgrader = upgraderFor(inPlace)
    expect([await readAll(upgrader), upgrader.transientPath]).toEqual(['content', ''])
  })

  it('is read from a copy that was given only when it cannot be read itself', async () => {
    const given = join(directory, 'given.car')
    await writeFile(given, 'given')
    expect(await readAll(upgraderFor(inPlace, given))).toBe('content')
    const broken: Mount = {
      ...inPlace,
      open: () => Promise.reject(new EngineError('PIECE_NOT_FOUND', 'Nothing has it.')),
    }
    expect(await readAll(upgraderFor(broken, given))).toBe('given')
    await expect(upgraderFor(broken).open()).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
  })
})

describe('space for transients', () => {
  const limited = (maxBytes: number, clock: Clock = systemClock) =>
    new TransientSpace(clock, { maxBytes, highWatermark: 0.9, lowWatermark: 0.7 })

  it('is reserved before a download, and given back where it was not needed', async () => {
    const space = limited(1000)
    const reservation = await space.reserve(600)
    expect([space.reservedBytes, space.usedBytes]).toEqual([600, 0])
    reservation.settle(500)
    expect([space.reservedBytes, space.usedBytes]).toEqual([0, 500])
  })

  it('is made by reclaiming exactly what is missing', async () => {
    const space = limited(1000)
    space.account(900)
    const asked: number[] = []
    space.reclaim = async (bytes) => {
      asked.push(bytes)
      space.account(-bytes)
    }
    ;(await space.reserve(300)).settle(300)
    expect([asked, space.usedBytes]).toEqual([[200], 1000])
  })

  it('waits for space with growing patience, seven times, and then says what is in the way', async () => {
    const waits: number[] = []
    const clock: Clock = { now: () => 0, sleep: async (ms) => void waits.push(ms) }
    const space = limited(1000, clock)
    space.account(900)
    await expect(space.reserve(300)).rejects.toMatchObject({ code: 'NO_SPACE', details: { neededBytes: 300 } })
    expect(waits).toEqual([5000, 7500, 11250, 16875, 25312.5, 37968.75])
  })

  it('is not given to two downloads', async () => {
    const space = limited(1000)
    const first = await space.reserve(600)
    const waiting = new AbortController()
    const second = space.reserve(600, waiting.signal)
    waiting.abort()
    await expect(second).rejects.toThrow()
    expect(space.reservedBytes).toBe(600)
    first.settle(0)
    ;(await space.reserve(600)).settle(0)
  })

  it('is not given to two downloads that ask at the same time', async () => {
    const space = limited(1000)
    const waiting = new AbortController()
    const both = [600, 600].map((bytes) => space.reserve(bytes, waiting.signal))
    const settled = Promise.allSettled(both)
    await both[0]
    expect(space.reservedBytes).toBe(600)
    waiting.abort()
    await settled
  })

  it('is refused at once to what can never fit, and nothing is reclaimed for it', async () => {
    const space = limited(1000)
    space.account(900)
    space.reclaim = async (bytes) => space.account(-bytes)
    await expect(space.reserve(1001)).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(space.usedBytes).toBe(900)
  })

  it('grows with a download of unknown size, a tenth of the limit at a time', async () => {
    const space = limited(1000)
    const reservation = await space.reserve(null)
    expect(space.reservedBytes).toBe(100)
    await reservation.ensure(150)
    expect(space.reservedBytes).toBe(200)
    reservation.settle(0)
    expect([space.reservedBytes, space.usedBytes]).toEqual([0, 0])
  })

  it('is measured again, since files may be deleted by hand, but not over what changes meanwhile', async () => {
    const space = limited(1000)
    space.account(500)
    await space.remeasure(async () => 200)
    expect(space.usedBytes).toBe(200)
    await space.remeasure(async () => {
      space.account(50)
      return 200
    })
    expect(space.usedBytes).toBe(250)
  })

  it('is to be freed from the high watermark on, down to the low one', () => {
    const space = limited(1000)
    space.account(899)
    expect(space.excessBytes).toBe(0)
    space.account(1)
    expect(space.excessBytes).toBe(200)
  })
})

describe('a source that does not keep its word', () => {
  it('gives more than it announced: nothing of it is gone on with', async () => {
    const source = new TestSource('twenty bytes of text', true)
    source.sizeBytes = 10
    await expect(upgraderFor(source).open()).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    expect(existsSync(folder.partialPath('k'))).toBe(false)
    source.sizeBytes = 20
    expect(await readAll(upgraderFor(source))).toBe('twenty bytes of text')
  })

  it('does not say how much it gives: a quota holds all the same', async () => {
    const impatient: Clock = { now: () => 0, sleep: async () => {} }
    const small = new TransientSpace(impatient, { ...UNLIMITED, maxBytes: 3 << 20 })
    const source = new TestSource(Buffer.alloc(8 << 20))
    source.sizeBytes = null
    const limited = new TransientFolder(directory, small, new Throttle(0))
    const upgrader = new Upgrader({ key: 'k', mount: source, folder: limited })
    await expect(upgrader.open()).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect([small.usedBytes, small.reservedBytes]).toEqual([0, 0])
  })
})

it('a caller who gives up is not served from a copy that is mistrusted', async () => {
  const given = join(directory, 'given.car')
  await writeFile(given, 'given')
  const source = new TestSource('fetched')
  const upgrader = upgraderFor(source, given)
  await upgrader.discard()
  source.gate = new Promise(() => {})
  const caller = new AbortController()
  const opening = upgrader.open({ signal: caller.signal })
  await expect.poll(() => source.running).toBe(1)
  caller.abort()
  await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' })
})
