import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner, type RandomAccessReader, silentLogger, systemClock } from '../base/index.ts'
import { hashFile, type PieceCommitment, PieceHasher, padTo } from '../commp/index.ts'
import { JsonRecords, LevelStore, MemoryStore, type Store } from '../store/index.ts'
import { contentBytes } from '../testing/content.ts'
import { DirectoryPieceStore } from './index.ts'
import type { PieceRecord } from './piece-record.ts'

const payload = contentBytes({ content: 'stream', seed: 21, size: 5000 })
const other = contentBytes({ content: 'stream', seed: 22, size: 5000 })
const commitment = await commitmentOf(payload)
const otherCommitment = await commitmentOf(other)

let folder: string
let directory: string
let records: Store
let opened: DirectoryPieceStore[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-pieces-'))
  directory = join(folder, 'pieces')
  records = new MemoryStore()
  opened = []
})
afterEach(async () => {
  for (const store of opened) await store.close()
  await rm(folder, { recursive: true })
})

describe('adding a piece', () => {
  it('copies it under its piece CID and tells all about it', async () => {
    const store = await openStore()
    const row = await store.add(await file('a.car', payload))
    expect(row).toMatchObject({
      pieceCid: commitment.pieceCid.toString(),
      pieceCidV2: commitment.pieceCidV2?.toString(),
      pieceSize: 8192,
      sizeBytes: 5000,
      path: join(directory, `${commitment.pieceCid}.car`),
      source: 'directory',
      state: 'unsealed',
      hasShard: false,
      deals: [],
      lotusDeals: [],
    })
    expect(Date.parse(row.addedAt ?? '')).toBeGreaterThan(0)
    expect(store.list()).toEqual([row])
    expect(store.get(requireV2(commitment))).toEqual(row)
    expect(await stat(join(folder, 'a.car'))).toMatchObject({ size: 5000 })
    expect(await readAll(await store.open(commitment.pieceCid))).toEqual(payload)
    expect(await readAll(await store.open(requireV2(commitment)))).toEqual(payload)
  })

  it('takes the piece that is expected, by v1, by v2, and padded to a larger piece', async () => {
    const path = await file('a.car', payload)
    for (const expected of [commitment.pieceCid, requireV2(commitment), padTo(commitment, 65_536).pieceCid]) {
      const row = await (await openStore()).add(path, { expected })
      expect([row.pieceCid, row.pieceCidV2]).toContain(expected.toString())
    }
    expect((await openStore()).get(padTo(commitment, 65_536).pieceCid)).toMatchObject({
      pieceSize: 65_536,
      pieceCidV2: null,
    })
  })

  it('refuses another piece, names both, and keeps nothing', async () => {
    const store = await openStore()
    const path = await file('b.car', other)
    await expect(store.add(path, { expected: commitment.pieceCid })).rejects.toMatchObject({
      code: 'PIECE_MISMATCH',
      message: `${path} is piece ${otherCommitment.pieceCid}, not ${commitment.pieceCid}.`,
      details: { expected: commitment.pieceCid.toString(), actual: otherCommitment.pieceCid.toString() },
    })
    await expect(store.add(path, { expected: requireV2(commitment) })).rejects.toThrow(
      requireV2(otherCommitment).toString(),
    )
    expect(await readdir(directory)).toEqual([])
    expect(store.list()).toEqual([])
  })

  it('still compares when the expected piece is here already', async () => {
    const store = await openStore()
    await store.add(await file('a.car', payload))
    const wrong = await file('b.car', other)
    await expect(store.add(wrong, { expected: commitment.pieceCid })).rejects.toMatchObject({ code: 'PIECE_MISMATCH' })
    const again = await store.add(join(folder, 'a.car'), { expected: commitment.pieceCid })
    expect(again).toEqual(store.get(commitment.pieceCid))
  })

  it('leaves a piece that is here as it is, also when added many times at once', async () => {
    const store = await openStore()
    const path = await file('a.car', payload)
    const rows = await Promise.all([store.add(path), store.add(path), store.add(path)])
    expect(rows[1]).toEqual(rows[0])
    expect(rows[2]).toEqual(rows[0])
    expect(await readdir(directory)).toEqual([`${commitment.pieceCid}.car`])
  })

  it('takes a CAR that is too short for a commitment as the piece it becomes when padded with zeros', async () => {
    const store = await openStore()
    const tiny = Buffer.alloc(59, 'c')
    const padded = await hashFile(await file('padded', Buffer.concat([tiny, Buffer.alloc(68)])), inlineTaskRunner)
    const view = await store.add(await file('tiny', tiny), { expected: padded.pieceCid })
    expect(view).toMatchObject({ pieceCid: padded.pieceCid.toString(), pieceSize: 128, sizeBytes: 127 })
  })

  it('accepts bytes that are no CAR, and refuses what has no commitment', async () => {
    const store = await openStore()
    expect(await store.add(await file('text', Buffer.alloc(65, 'x')))).toMatchObject({
      pieceSize: 128,
      pieceCidV2: null,
    })
    await expect(store.add(await file('tiny', Buffer.alloc(64)))).rejects.toMatchObject({ code: 'PIECE_TOO_SMALL' })
    await expect(store.add(folder)).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(store.add(join(folder, 'absent'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect((await readdir(directory)).length).toBe(1)
  })

  it('can be cancelled, and leaves nothing behind', async () => {
    const store = await openStore()
    const path = await file('large', new Uint8Array(20_000_000))
    const stop = new AbortController()
    const seen: number[] = []
    const adding = store.add(path, {
      signal: stop.signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(20_000_000)
        seen.push(doneBytes)
        if (doneBytes > 0) stop.abort()
      },
    })
    await expect(adding).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(seen.length).toBe(2)
    expect(await readdir(directory)).toEqual([])
  })
})

describe('adopting a staged piece', () => {
  it('moves the file, and may be repeated after a crash', async () => {
    const store = await openStore()
    const staged = await file('staged', payload)
    const row = await store.adopt(staged, commitment)
    expect(row).toMatchObject({ sizeBytes: 5000, pieceSize: 8192, pieceCidV2: commitment.pieceCidV2?.toString() })
    await expect(stat(staged)).rejects.toThrow('ENOENT')
    expect(await readAll(await store.open(commitment.pieceCid))).toEqual(payload)
    expect(await store.adopt(staged, commitment)).toEqual(row)
    await file('staged', payload)
    expect(await store.adopt(staged, commitment)).toEqual(row)
    await expect(stat(staged)).rejects.toThrow('ENOENT')
  })

  it('does not lose the staged file when it cannot take it', async () => {
    const store = await openStore()
    const staged = await file('staged', payload.subarray(0, 4000))
    await expect(store.adopt(staged, commitment)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    await expect(store.adopt(join(folder, 'absent'), commitment)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await file('staged', payload)
    await mkdir(join(directory, `${commitment.pieceCid}.car`, 'in the way'), { recursive: true })
    await expect(store.adopt(staged, commitment)).rejects.toThrow()
    expect(await readFile(staged)).toEqual(Buffer.from(payload))
  })
})

describe('what others do to the directory', () => {
  it('files put there by hand appear, under any name that tells the piece', async () => {
    await mkdir(directory)
    await writeFile(join(directory, `${commitment.pieceCid}.car`), payload)
    await writeFile(join(directory, requireV2(otherCommitment).toString()), other)
    await writeFile(join(directory, otherCommitment.pieceCid.toString()), other)
    await writeFile(join(directory, 'notes.txt'), 'no piece')
    const store = await openStore()
    expect(
      store.list().map(({ pieceCid, sizeBytes, pieceSize, state }) => [pieceCid, sizeBytes, pieceSize, state]),
    ).toEqual(
      [
        [commitment.pieceCid.toString(), 5000, null, 'unsealed'],
        [otherCommitment.pieceCid.toString(), 5000, null, 'unsealed'],
      ].sort(),
    )
    expect(await readAll(await store.open(otherCommitment.pieceCid))).toEqual(other)
    expect(await store.remove(requireV2(otherCommitment))).toEqual({ freedBytes: 10_000 })
    expect((await readdir(directory)).sort()).toEqual([`${commitment.pieceCid}.car`, 'notes.txt'].sort())
  })

  it('notices files that come and go while it runs', async () => {
    const store = await openStore()
    const path = join(directory, `${commitment.pieceCid}.car`)
    await writeFile(join(folder, 'outside'), payload)
    const appeared = nextChange(store)
    await rename(join(folder, 'outside'), path)
    await appeared
    expect(store.get(commitment.pieceCid)).toMatchObject({ state: 'unsealed', sizeBytes: 5000 })
    await rm(path)
    expect(await store.stat(commitment.pieceCid)).toMatchObject({ state: 'missing' })
    expect(store.list()).toEqual([])
  })

  it('a piece by hand is replaced by one that was checked', async () => {
    await mkdir(directory)
    await writeFile(join(directory, `${commitment.pieceCid}.car`), 'rubbish')
    const store = await openStore()
    expect(await store.add(await file('a.car', payload), { expected: commitment.pieceCid })).toMatchObject({
      sizeBytes: 5000,
    })
    expect(await readAll(await store.open(commitment.pieceCid))).toEqual(payload)
  })

  it('a piece whose file was taken away is shown as missing, until it is added again or removed', async () => {
    const first = await openStore()
    const { path } = await first.add(await file('a.car', payload))
    await rm(path ?? '')
    const store = await openStore()
    expect(store.get(commitment.pieceCid)).toMatchObject({ state: 'missing', pieceSize: 8192, path: null })
    await expect(store.open(commitment.pieceCid)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
    await store.add(join(folder, 'a.car'))
    expect(store.get(commitment.pieceCid)).toMatchObject({ state: 'unsealed' })
    await rm(path ?? '')
    expect(await store.remove(commitment.pieceCid)).toEqual({ freedBytes: 0 })
    expect(store.list()).toEqual([])
  })

  it('does not serve a piece that was cut', async () => {
    const store = await openStore()
    const { path } = await store.add(await file('a.car', payload))
    await truncate(path ?? '', 100)
    await expect(store.open(commitment.pieceCid)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  })
})

describe('removing a piece', () => {
  it('frees its bytes, and a second time there is none', async () => {
    const store = await openStore()
    await store.add(await file('a.car', payload))
    expect(await store.remove(requireV2(commitment))).toEqual({ freedBytes: 5000 })
    expect(await readdir(directory)).toEqual([])
    expect(store.list()).toEqual([])
    await expect(store.remove(commitment.pieceCid)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
    expect(() => store.get(commitment.pieceCid)).toThrow(expect.objectContaining({ code: 'PIECE_NOT_FOUND' }))
    expect((await openStore()).list()).toEqual([])
  })
})

describe('rows', () => {
  it('tell of shards and deals, and follow them', async () => {
    const store = await openStore()
    await store.add(await file('a.car', payload))
    const shards = new Set<string>()
    store.setLinks({ hasShard: (pieceCid) => shards.has(pieceCid), deals: () => ['7001'], lotusDeals: () => [] })
    expect(store.get(commitment.pieceCid)).toMatchObject({ hasShard: false, deals: ['7001'] })
    shards.add(commitment.pieceCid.toString())
    store.refresh(commitment.pieceCid)
    expect(store.get(commitment.pieceCid)).toMatchObject({ hasShard: true })
  })
})

describe('after a crash', () => {
  it.each(['arriving', 'leaving'] as const)('a piece that was %s without a file is forgotten', async (state) => {
    await putRecord(state)
    expect((await openStore()).list()).toEqual([])
    expect(await keptRecords()).toEqual([])
  })

  it('a piece that had got its name is here, with all that is known of it', async () => {
    await putRecord('arriving')
    await mkdir(directory)
    await writeFile(join(directory, `${commitment.pieceCid}.car`), payload)
    expect((await openStore()).list()).toMatchObject([{ state: 'unsealed', pieceSize: 8192 }])
    expect(await keptRecords()).toMatchObject([{ state: 'here' }])
  })

  it('a removal is finished', async () => {
    await putRecord('leaving')
    await mkdir(directory)
    await writeFile(join(directory, `${commitment.pieceCid}.car`), payload)
    expect((await openStore()).list()).toEqual([])
    expect(await readdir(directory)).toEqual([])
    expect(await keptRecords()).toEqual([])
  })

  it('unfinished copies are cleared, and a process killed while it adds loses nothing else', async () => {
    const large = await file('large.bin', contentBytes({ content: 'stream', seed: 4, size: 64_000_000 }))
    const database = join(folder, 'datastore')
    const child = fork(new URL('./testing/add-until-killed.ts', import.meta.url), [
      directory,
      database,
      await file('a.car', payload),
      large,
    ])
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await readdir(directory)).filter((name) => name.includes('.tmp-'))).toHaveLength(1)

    records = await LevelStore.open(database)
    const store = await openStore()
    expect(await readdir(directory)).toEqual([`${commitment.pieceCid}.car`])
    expect(store.list()).toMatchObject([{ pieceCid: commitment.pieceCid.toString(), pieceSize: 8192 }])
    const row = await store.add(large)
    expect(row.pieceCid).toBe((await hashFile(large, inlineTaskRunner)).pieceCid.toString())
    await records.close()
  })

  async function putRecord(state: PieceRecord['state']): Promise<void> {
    await new JsonRecords<PieceRecord>(records, '/pieces/directory').put(commitment.pieceCid.toString(), {
      version: 1,
      state,
      pieceCid: commitment.pieceCid.toString(),
      pieceCidV2: null,
      rawSize: 5000,
      pieceSize: 8192,
      sizeBytes: 5000,
      addedAt: '2026-11-01T00:00:00.000Z',
    })
  }

  async function keptRecords(): Promise<PieceRecord[]> {
    const kept: PieceRecord[] = []
    for await (const [, record] of new JsonRecords<PieceRecord>(records, '/pieces/directory').entries())
      kept.push(record)
    return kept
  }
})

async function openStore(): Promise<DirectoryPieceStore> {
  const store = await DirectoryPieceStore.open({
    directory,
    store: records,
    tasks: inlineTaskRunner,
    clock: systemClock,
    log: silentLogger,
  })
  opened.push(store)
  return store
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

async function nextChange(store: DirectoryPieceStore): Promise<void> {
  for await (const event of store.table.watch()) if (event.type !== 'snapshot') return
}

async function readAll(reader: RandomAccessReader): Promise<Uint8Array> {
  const bytes = new Uint8Array(reader.size)
  await reader.readAt(bytes, 0)
  await reader.close()
  return bytes
}

async function commitmentOf(bytes: Uint8Array): Promise<PieceCommitment> {
  const hasher = new PieceHasher(inlineTaskRunner)
  await hasher.update(bytes)
  return hasher.finish()
}

function requireV2(from: PieceCommitment): CID {
  return CID.parse(from.pieceCidV2?.toString() ?? '')
}
