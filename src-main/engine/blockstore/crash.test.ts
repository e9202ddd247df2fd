import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { contentAfter, type FileChange, RecordedFile, torn } from '../testing/recorded-file.ts'
import { ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

/** What was promised when so many changes had reached the system. */
interface Promised {
  changes: number
  blocks: number
  syncedPayloadSize: number
}

interface Session {
  start: Buffer
  changes: FileChange[]
  promises: Promised[]
  end: Buffer
}

let folder: string
let blocks: TestBlock[]
let roots: CID[]
let options: ReadWriteOptions

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-crash-'))
  // One block is larger than what is staged, so that writes of every shape occur; one is empty.
  blocks = [...(await numberedBlocks(9)), await rawBlock(new Uint8Array(900).fill(3)), await rawBlock('')]
  blocks.splice(4, 0, await rawBlock(new Uint8Array(300).fill(9)))
  roots = [(blocks[0] as TestBlock).cid]
  options = { roots, stagingBytes: 256, dataPadding: 20, indexPadding: 10 }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let stores = 0
/** Every store has a path of its own: a crashed one leaves its lock behind. */
function openOver(file: RecordedFile, more: Partial<ReadWriteOptions> = {}): Promise<ReadWriteBlockstore> {
  return ReadWriteBlockstore.open(join(folder, `${stores++}.car`), { ...options, ...more, openFile: file.opener })
}

/** Puts all blocks, syncing now and then, and finalizes. */
async function runSession(start: Buffer): Promise<Session> {
  const file = new RecordedFile('a.car', start)
  const store = await openOver(file)
  const promises: Promised[] = []
  const promise = (count: number) =>
    promises.push({ changes: file.changes.length, blocks: count, syncedPayloadSize: store.syncedPayloadSize })
  // What an earlier session left must not be lost by opening it.
  const { syncedPayloadSize, blockCount } = store
  if (blockCount > 0) promises.push({ changes: 0, blocks: blockCount, syncedPayloadSize })
  for (const [i, { cid, bytes }] of blocks.entries()) {
    await store.put(cid, bytes)
    if (i % 4 !== 3 || i < store.recovery.blockCount) continue
    await store.sync()
    promise(i + 1)
  }
  await store.finalize()
  promise(blocks.length)
  return { start, changes: file.changes, promises, end: file.content }
}

/** Opens what a crash left; it must hold what was promised, nothing wrong, and become the whole file. */
async function expectRecovers(
  content: Buffer,
  promised: Promised | undefined,
  end: Buffer,
  more?: Partial<ReadWriteOptions>,
) {
  const file = new RecordedFile('a.car', content)
  const store = await openOver(file, more)
  for (const { cid, bytes } of blocks.slice(0, promised?.blocks ?? 0))
    expect(Buffer.compare(await store.get(cid), bytes)).toBe(0)
  for await (const cid of store.cids()) await store.get(cid)
  for (const { cid, bytes } of blocks) await store.put(cid, bytes)
  await store.finalize()
  expect(file.content.equals(end)).toBe(true)
}

function tearsOf(change: FileChange): number[] {
  if (change.kind !== 'write') return [0]
  const { length } = change.bytes
  return [...new Set([0, 1, 2, Math.floor(length / 2), length - 1])].filter((tear) => tear < length)
}

function promisedAt(session: Session, changes: number): Promised | undefined {
  return session.promises.findLast((promise) => promise.changes <= changes)
}

/** Stops a session in front of every change, and within it. */
async function expectSurvivesKill(session: Session): Promise<number> {
  let crashes = 0
  for (let at = 0; at <= session.changes.length; at++) {
    const before = session.changes.slice(0, at)
    const next = session.changes[at]
    for (const tear of next === undefined ? [0] : tearsOf(next)) {
      const rest = next === undefined ? [] : torn(next, tear)
      await expectRecovers(contentAfter(session.start, [...before, ...rest]), promisedAt(session, at), session.end)
      crashes++
    }
  }
  return crashes
}

/** Loses any of the changes since the last sync, in any order. */
async function expectSurvivesPowerCut(session: Session): Promise<void> {
  let random = 1
  const coin = () => {
    random = (random * 48271) % 2147483647
    return random % 2 === 0
  }
  for (let at = 1; at <= session.changes.length; at++) {
    const synced = session.changes.slice(0, at).findLastIndex(({ kind }) => kind === 'sync') + 1
    for (let draw = 0; draw < 12; draw++) {
      const arrived = session.changes.slice(synced, at).filter(coin)
      const content = contentAfter(session.start, [...session.changes.slice(0, synced), ...arrived])
      const promised = promisedAt(session, synced)
      await expectRecovers(content, promised, session.end, { syncedPayloadSize: promised?.syncedPayloadSize ?? 0 })
    }
  }
}

describe.each([
  ['a new file', async () => Buffer.alloc(0)],
  ['a finalized file that is resumed', async () => (await runSession(Buffer.alloc(0))).end],
  ['a torn file that is resumed', async () => (await runSession(Buffer.alloc(0))).end.fill(0, 11, 51).subarray(0, 400)],
])('%s', (_, start) => {
  it('survives a stop at any change, and within it', async () => {
    expect(await expectSurvivesKill(await runSession(await start()))).toBeGreaterThan(10)
  })

  it('survives a power cut that loses what was not synced', async () => {
    await expectSurvivesPowerCut(await runSession(await start()))
  })
})

describe('another process', () => {
  /** Puts numbered blocks without end, syncs now and then, and prints how many are promised. */
  const WRITER = `
    import { createHash } from 'node:crypto'
    import { CID } from 'multiformats/cid'
    import { create } from 'multiformats/hashes/digest'
    const [, module, path] = process.argv
    const { ReadWriteBlockstore } = await import(module)
    const store = await ReadWriteBlockstore.open(path, { roots: [], stagingBytes: 1000 })
    for (let i = 0; ; i++) {
      const bytes = new TextEncoder().encode(\`block-\${String(i).padStart(4, '0')}\`)
      await store.put(CID.createV1(0x55, create(0x12, createHash('sha256').update(bytes).digest())), bytes)
      if (i % 50 !== 49) continue
      await store.sync()
      process.stdout.write(\`\${i + 1}\\n\`)
    }`

  it('that is killed leaves all it promised, and its path to the next', async () => {
    const path = join(folder, 'killed.car')
    for (let round = 1; round <= 3; round++) {
      const module = new URL('./index.ts', import.meta.url).href
      const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, module, path], {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let promised = 0
      for await (const chunk of child.stdout) {
        promised = Number(String(chunk).trim().split('\n').at(-1))
        if (promised < round * 150) continue
        await expect(ReadWriteBlockstore.open(path, { roots: [] })).rejects.toMatchObject({ code: 'LOCKED' })
        child.kill('SIGKILL')
        break
      }
      await once(child, 'close')
      const store = await ReadWriteBlockstore.open(path, { roots: [] })
      expect(store.recovery).toMatchObject({ resumed: true, wasFinalized: false })
      expect(store.blockCount).toBeGreaterThanOrEqual(promised)
      for (const { cid, bytes } of await numberedBlocks(promised)) expect(await store.get(cid)).toEqual(bytes)
      await store.discard()
    }
  })
})

describe('a full disk', () => {
  class FullDisk extends RecordedFile {
    free = Number.POSITIVE_INFINITY

    override async writeAt(bytes: Uint8Array, position: number): Promise<void> {
      const fits = Math.min(bytes.length, Math.max(0, this.free - position))
      if (fits > 0) await super.writeAt(bytes.subarray(0, fits), position)
      if (fits < bytes.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' })
    }
  }

  it('anywhere leaves a consistent store that goes on when there is space', async () => {
    const { end } = await runSession(Buffer.alloc(0))
    for (let free = 200; free < end.length; free += 37) {
      const file = new FullDisk('a.car')
      file.free = free
      const store = await openOver(file)
      const refused: TestBlock[] = []
      for (const block of blocks) {
        const { cid, bytes } = block
        try {
          await store.put(cid, bytes)
          expect(Buffer.compare(await store.get(cid), bytes)).toBe(0)
        } catch {
          refused.push(block)
          expect(await store.has(cid)).toBe(false)
        }
      }
      await expect(store.finalize()).rejects.toThrow()
      // What is on the disk now can be resumed, and the store itself goes on.
      const other = await openOver(new RecordedFile('a.car', file.content))
      for await (const cid of other.cids()) await other.get(cid)
      await other.discard()
      file.free = Number.POSITIVE_INFINITY
      for (const { cid, bytes } of refused) await store.put(cid, bytes)
      for (const { cid, bytes } of blocks) expect(Buffer.compare(await store.get(cid), bytes)).toBe(0)
      await store.finalize()
      const again = await openOver(new RecordedFile('a.car', file.content))
      expect(again.recovery).toMatchObject({ wasFinalized: true, blockCount: blocks.length })
      await again.discard()
    }
  })

  it('a sync that failed is not tried again: what it lost is unknown', async () => {
    const file = new RecordedFile('a.car')
    const store = await openOver(file)
    const failure = Object.assign(new Error('disk failure'), { code: 'EIO', syscall: 'fsync' })
    let syncs = 0
    file.sync = async () => {
      syncs++
      throw failure
    }
    const { cid, bytes } = blocks[0] as TestBlock
    await store.put(cid, bytes)
    await expect(store.sync()).rejects.toBe(failure)
    await expect(store.sync()).rejects.toBe(failure)
    await expect(store.finalize()).rejects.toBe(failure)
    expect(syncs).toBe(1)
    expect(await store.get(cid)).toEqual(bytes)
    await expect(store.close()).rejects.toBe(failure)
  })
})
