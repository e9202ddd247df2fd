import { readFileSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { inlineTaskRunner, type TaskRunner } from '../base/index.ts'
import { contentBytes } from '../testing/content.ts'
import { fixture } from '../testing/fixtures.ts'
import { WorkerPool } from '../workers/index.ts'
import { buildDirectory, buildPath, type DagSink, PROFILES } from './index.ts'
import { compareUtf8 } from './list-folder.ts'

type Entry = [path: string, size: number, seed: number] | [path: string, 'dir'] | [path: string, 'link', target: string]
interface Series {
  count: number
  dir?: string
  prefix: string
  digits: number
  suffix: string
  size: number
  seed: number
}
interface DirectoryRow {
  name: string
  entries?: Entry[]
  series?: Series
  needs?: string[]
  roots: Record<UnixfsProfile, { cid: string; blocks: number; bytes: number }>
}

const rows = (JSON.parse(readFileSync(fixture('unixfs/roots.json'), 'utf8')) as { directories: DirectoryRow[] })
  .directories
const profiles = Object.keys(PROFILES) as UnixfsProfile[]
const canHold = (needs: string[] = []) =>
  needs.length === 0 || process.platform === 'linux' || (process.platform === 'darwin' && needs.join() === 'symlinks')

let directory = ''
let pool: WorkerPool
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carport-folder-'))
  pool = new WorkerPool({ workerUrl: new URL('../workers/engine.worker.ts', import.meta.url), size: 2 })
})
afterAll(async () => {
  await pool.close()
  await rm(directory, { recursive: true, force: true })
})

async function plant(root: string, row: Pick<DirectoryRow, 'entries' | 'series'>): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const [path, what, more] of row.entries ?? []) {
    const to = join(root, path)
    await mkdir(dirname(to), { recursive: true })
    if (what === 'dir') await mkdir(to)
    else if (what === 'link') await symlink(String(more), to)
    else await writeFile(to, contentBytes({ content: 'stream', seed: Number(more), size: Number(what) }))
  }
  if (row.series === undefined) return
  const { count, dir = '', prefix, digits, suffix, size, seed } = row.series
  await mkdir(join(root, dir), { recursive: true })
  for (let i = 0; i < count; i++) {
    const name = prefix + String(i).padStart(digits, '0') + suffix
    writeFileSync(join(root, dir, name), contentBytes({ content: 'stream', seed: seed + i, size }))
  }
}

describe('roots by Kubo', () => {
  for (const row of rows)
    it.skipIf(!canHold(row.needs))(row.name, async () => {
      const root = join(directory, row.name)
      await plant(root, row)
      for (const profile of profiles) {
        const built = await buildPath(root, { profile, tasks: pool })
        const { cid, blocks, bytes } = row.roots[profile]
        expect({ cid: built.root.toString(), blocks: built.blockCount, bytes: built.dagSizeBytes }, profile).toEqual({
          cid,
          blocks,
          bytes,
        })
      }
      await rm(root, { recursive: true })
    })
})

describe('buildDirectory', () => {
  it('gives blocks to the sink children first, and says what it read', async () => {
    const root = join(directory, 'given')
    await plant(root, {
      entries: [
        ['a/b', 3_000_000, 1],
        ['a/c', 10, 2],
        ['a/same', 10, 2],
        ['.hidden', 5, 3],
        ['e', 'dir'],
      ],
    })
    const order: string[] = []
    const sources: string[] = []
    const sink: DagSink = {
      leafBytes: true,
      leaf: (_cid, bytes, at) => {
        order.push(`leaf ${at.path.slice(root.length + 1)} ${at.offset} ${at.size}`)
        expect(bytes?.length).toBe(at.size)
      },
      node: (_cid, bytes) => void order.push(`node ${bytes.length > 100 ? 'large' : 'small'}`),
      source: (file) => void sources.push(file.path.slice(root.length + 1)),
    }
    const built = await buildDirectory(root, { profile: 'unixfs-v1-2025', tasks: inlineTaskRunner, sink })
    expect(order).toEqual([
      'leaf .hidden 0 5',
      'leaf a/b 0 1048576',
      'leaf a/b 1048576 1048576',
      'leaf a/b 2097152 902848',
      'node large',
      'leaf a/c 0 10',
      'node large',
      'node small',
      'node large',
    ])
    expect(sources).toEqual(['.hidden', 'a/b', 'a/c', 'a/same'])
    expect(built).toMatchObject({ fileCount: 4, sizeBytes: 3_000_025, depth: 0 })
  })

  it('gives the same root whichever order the folder is read in, and follows a link to the folder itself', async () => {
    const root = join(directory, 'linked-to')
    await plant(root, { entries: [['x', 1, 1]] })
    await symlink(root, join(directory, 'link'))
    const options = { profile: 'lotus', tasks: inlineTaskRunner } as const
    const direct = await buildPath(root, options)
    expect((await buildPath(join(directory, 'link'), options)).root.toString()).toBe(direct.root.toString())
  })

  it('names a file that cannot be imported', async () => {
    const root = join(directory, 'bad')
    await plant(root, { entries: [['sub/secret', 5, 1]] })
    await chmod(join(root, 'sub/secret'), 0)
    const options = { profile: 'unixfs-v1-2025', tasks: inlineTaskRunner } as const
    if (process.platform !== 'win32' && process.getuid?.() !== 0)
      await expect(buildDirectory(root, options)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(buildPath(join(root, 'none'), options)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('fails when a large file changes between its sizing and its reading', async () => {
    const root = join(directory, 'changing')
    await plant(root, {
      entries: [
        ['a', 10, 1],
        ['b', 300_000, 2],
      ],
    })
    const tasks: TaskRunner = {
      parallelism: 1,
      run: async (task, input, options) => {
        if (task.name === 'unixfs.hashLeaves') await writeFile(join(root, 'b'), 'longer than before')
        return inlineTaskRunner.run(task, input, options)
      },
    }
    await expect(buildDirectory(root, { profile: 'unixfs-v1-2025', tasks })).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      details: { path: join(root, 'b') },
    })
  })

  it('keeps the order of small and large files of a self-contained import', async () => {
    const root = join(directory, 'mixed')
    const sizes = [10, 40_000, 9_000_000, 32_768, 32_769, 0, 1_048_577]
    await plant(root, { entries: sizes.map((size, i) => [`${i}`, size, i + 1]) })
    const files = new Map<string, number>()
    const sink: DagSink = {
      leafBytes: true,
      leaf: (_cid, bytes, at) => {
        expect(files.get(at.path) ?? 0).toBe(at.offset)
        files.set(at.path, at.offset + (bytes?.length ?? 0))
      },
      node() {},
    }
    const kept = await buildDirectory(root, { profile: 'kubo-cidv1', tasks: pool, sink })
    expect([...files.values()]).toEqual(sizes)
    const linked = await buildDirectory(root, { profile: 'kubo-cidv1', tasks: pool })
    expect(kept).toEqual(linked)
  })

  it('stops when cancelled', async () => {
    const root = join(directory, 'cancelled')
    await plant(root, { series: { count: 2000, prefix: '', digits: 4, suffix: '', size: 10, seed: 1 } })
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const building = buildDirectory(root, {
      profile: 'unixfs-v1-2025',
      tasks: pool,
      signal: controller.signal,
      onProgress,
    })
    await expect(building).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

it('compares names by their UTF-8 bytes', () => {
  const names = ['\u{1f600}', '\uff5e', 'a', '', 'ab', 'é', '\ue000', 'B']
  const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect([...names].sort(compareUtf8)).toEqual(byBytes)
})
