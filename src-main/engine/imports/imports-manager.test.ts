import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger, inlineTaskRunner, type LogFields, systemClock } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import { exportDag } from '../unixfs/index.ts'
import { ImportsManager } from './index.ts'

let home: string
let store: MemoryStore
let lines: Array<{ level: string; message: string; fields: LogFields }>

const log = createLogger((level, _name, message, fields) => lines.push({ level, message, fields }))
const open = async () => {
  const manager = new ImportsManager({
    directory: join(home, 'imports'),
    store,
    tasks: inlineTaskRunner,
    clock: systemClock,
    log,
    maxConcurrent: 2,
  })
  await manager.start()
  return manager
}
const source = async (name: string, bytes: Uint8Array) => {
  const path = join(home, name)
  await writeFile(path, bytes)
  return path
}
const begin = (manager: ImportsManager, path: string, kind: 'linked' | 'self-contained' | 'car' = 'linked') =>
  manager.begin({ path, kind, profile: 'unixfs-v1-2025' }).then(({ id }) => manager.wait({ id }))

function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let x = 7
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    bytes[i] = x >>> 24
  }
  return bytes
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'carport-imports-'))
  store = new MemoryStore()
  lines = []
})
afterEach(() => rm(home, { recursive: true, force: true }))

describe('a linked import', () => {
  it('keeps no second copy of the data and reads back byte for byte', async () => {
    const manager = await open()
    const bytes = noise(5_000_000)
    const path = await source('film.bin', bytes)
    const view = await begin(manager, path)
    expect(view).toMatchObject({ state: 'ready', health: 'ok', kind: 'linked', source: path, sizeBytes: bytes.length })
    expect((await stat(view.carPath)).size).toBeLessThan(10_000)
    const dag = await manager.open(CID.parse(view.root ?? ''))
    const out = join(home, 'out.bin')
    if (dag !== null) await exportDag(dag.blockstore, CID.parse(view.root ?? ''), out)
    await dag?.release()
    expect(Buffer.compare(await readFile(out), bytes)).toBe(0)
    await manager.close()
  })

  it.each([0, 1, 126, 127, 1 << 20, (1 << 20) + 1])('works for a file of %i bytes', async (size) => {
    const manager = await open()
    const view = await begin(manager, await source('small', noise(size)))
    expect(view).toMatchObject({ state: 'ready', sizeBytes: size })
    await manager.close()
  })

  it('takes a folder, each file linked where it lies', async () => {
    const manager = await open()
    await mkdir(join(home, 'set', 'inner'), { recursive: true })
    await writeFile(join(home, 'set', 'a.txt'), 'a')
    await writeFile(join(home, 'set', 'inner', 'b.bin'), noise(2_500_000))
    const view = await begin(manager, join(home, 'set'))
    const root = CID.parse(view.root ?? '')
    const dag = await manager.open(root)
    if (dag !== null) await exportDag(dag.blockstore, root, join(home, 'out'))
    await dag?.release()
    expect(Buffer.compare(await readFile(join(home, 'out', 'inner', 'b.bin')), noise(2_500_000))).toBe(0)
    await manager.close()
  })

  it('says that its source changed, or is gone, at the next start', async () => {
    const first = await open()
    const changed = await begin(first, await source('changed', noise(100)))
    const gone = await begin(first, await source('gone', noise(200)))
    await first.close()
    await appendFile(changed.source, 'more')
    await rm(gone.source)
    const second = await open()
    await second.check()
    expect(second.get(changed.id)).toMatchObject({ health: 'attention', problem: { code: 'SOURCE_CHANGED' } })
    expect(second.get(gone.id)).toMatchObject({ health: 'broken', problem: { code: 'SOURCE_MISSING' } })
    await second.close()
  })
})

describe('a self-contained import', () => {
  it('lives on without its source', async () => {
    const manager = await open()
    const bytes = noise(3_000_000)
    const view = await begin(manager, await source('a', bytes), 'self-contained')
    await rm(view.source)
    const root = CID.parse(view.root ?? '')
    const dag = await manager.open(root)
    if (dag !== null) await exportDag(dag.blockstore, root, join(home, 'out'))
    await dag?.release()
    expect(Buffer.compare(await readFile(join(home, 'out')), bytes)).toBe(0)
    await manager.close()
  })

  it('is made of a stream, and leaves nothing when the stream breaks', async () => {
    const manager = await open()
    async function* bytes() {
      yield noise(700_000)
      yield noise(700_001)
    }
    const view = await manager.importStream({ name: 'up/load.bin', stream: bytes(), profile: 'unixfs-v1-2025' })
    expect(view).toMatchObject({ state: 'ready', source: 'load.bin', sizeBytes: 1_400_001 })
    async function* broken() {
      yield noise(700_000)
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
    }
    await expect(
      manager.importStream({ name: 'x', stream: broken(), profile: 'unixfs-v1-2025' }),
    ).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' })
    expect(manager.list()).toHaveLength(1)
    expect(await readdir(join(home, 'imports'))).toEqual([`${view.id}.car`])
    await manager.close()
  })
})

describe('what cannot be imported', () => {
  it('is refused in words before anything is made', async () => {
    const manager = await open()
    await expect(begin(manager, join(home, 'absent'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(begin(manager, '/dev/null')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(begin(manager, home, 'car')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    expect(manager.list()).toEqual([])
    await manager.close()
  })

  it.skipIf(process.getuid?.() === 0)('is an unreadable file', async () => {
    const manager = await open()
    const path = await source('secret', noise(10))
    await chmod(path, 0)
    await expect(begin(manager, path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await manager.close()
  })

  it('is a CAR that is none: it fails, keeps its reason, and can be dropped without touching the file', async () => {
    const manager = await open()
    const path = await source('no.car', noise(1000))
    await expect(begin(manager, path, 'car')).rejects.toMatchObject({ kind: 'corrupt' })
    const [view] = manager.list()
    expect(view).toMatchObject({ state: 'failed', health: 'broken', problem: { remedies: ['retry', 'drop'] } })
    const [receipt] = await manager.drop({ ids: [view?.id ?? ''] })
    expect(receipt).toMatchObject({ deleted: [], kept: [path] })
    expect((await stat(path)).size).toBe(1000)
    await manager.close()
  })
})

describe('the life of an import', () => {
  it('is forgotten when cancelled, with nothing left on disk', async () => {
    const manager = await open()
    async function* endless() {
      while (true) {
        await new Promise((resolve) => setImmediate(resolve)) // as a socket would
        yield noise(1 << 20)
      }
    }
    const importing = manager.importStream({ name: 'endless', stream: endless(), profile: 'unixfs-v1-2025' })
    const failed = expect(importing).rejects.toMatchObject({ code: 'CANCELLED' })
    for (let view = manager.list()[0]; view?.progress?.doneBytes === undefined; view = manager.list()[0])
      await new Promise((resolve) => setImmediate(resolve))
    await manager.cancel({ id: manager.list()[0]?.id ?? '' })
    await failed
    expect(manager.list()).toEqual([])
    expect(await readdir(join(home, 'imports'))).toEqual([])
    await manager.close()
  })

  it('survives a restart; one that was cut off says so and can be tried again', async () => {
    const first = await open()
    const whole = await begin(first, await source('whole', noise(300)))
    const cut = await begin(first, await source('cut', noise(400)))
    await first.close()
    const key = Buffer.from(`/client/stores/${cut.id}`)
    const stored = Buffer.from((await store.get(key)) ?? [])
      .toString()
      .replace('\\"state\\":\\"ready\\"', '\\"state\\":\\"importing\\"')
    await store.put(key, Buffer.from(stored))
    const second = await open()
    expect(second.get(whole.id)).toMatchObject({ state: 'ready', root: whole.root })
    expect(second.get(cut.id)).toMatchObject({ state: 'failed', problem: { code: 'IMPORT_INTERRUPTED' } })
    await second.retry({ id: cut.id })
    expect(await second.wait({ id: cut.id })).toMatchObject({ state: 'ready', root: cut.root })
    await second.close()
  })

  it('may not end while it is being read', async () => {
    const manager = await open()
    const view = await begin(manager, await source('a', noise(300)))
    const dag = await manager.open(CID.parse(view.root ?? ''))
    await expect(manager.drop({ ids: [view.id] })).rejects.toMatchObject({ code: 'IMPORT_BUSY' })
    await dag?.release()
    expect(await manager.drop({ ids: [view.id] })).toEqual([
      { id: view.id, deleted: [view.carPath], kept: [view.source] },
    ])
    await manager.close()
  })
})

describe('the sanity check', () => {
  it('writes the lines that operators of Lotus know, with their counts', async () => {
    const first = await open()
    const lost = await begin(first, await source('a', noise(300)))
    await begin(first, await source('b', noise(300)))
    await first.close()
    await rm(lost.carPath)
    const legacy = { Labels: { source: 'import', root: lost.root, filename: '/srv/old.bin' } }
    await store.put(Buffer.from('/client/stores/1630000000000000001'), Buffer.from(JSON.stringify(legacy)))
    lines = []
    const second = await open()
    await second.check()
    const warnings = lines.filter((line) => line.level === 'warn').map((line) => line.message)
    expect(warnings).toContain('import lacks carv2 path; import will not work; please reimport')
    expect(warnings).toContain('import has missing/broken carv2; please reimport')
    expect(lines).toContainEqual({ level: 'info', message: 'sanity check completed', fields: { broken: 2, total: 3 } })
    await second.close()
  })
})
