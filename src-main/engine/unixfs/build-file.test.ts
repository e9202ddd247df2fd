import { readFileSync } from 'node:fs'
import { appendFile, chmod, mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { inlineTaskRunner, type TaskRunner } from '../base/index.ts'
import { DAG_PB_CODEC, RAW_CODEC, verifyBlock } from '../car/index.ts'
import { type ContentRule, contentBytes, contentPieces, writeContent } from '../testing/content.ts'
import { fixture } from '../testing/fixtures.ts'
import { WorkerPool } from '../workers/index.ts'
import { BlockNaming } from './block-naming.ts'
import { BlockOutlet } from './block-outlet.ts'
import { FileTree } from './file-tree.ts'
import { type BuiltDag, buildFile, buildStream, type DagSink, type LeafPosition, PROFILES } from './index.ts'
import { LeafLayout } from './leaf-layout.ts'

interface ExpectedRoot {
  cid: string
  blocks: number
  bytes: number
  stored?: { blocks: number; bytes: number }
}
type FileRow = ContentRule & { roots: Record<UnixfsProfile, ExpectedRoot> }

const table = JSON.parse(readFileSync(fixture('unixfs/roots.json'), 'utf8')) as { files: FileRow[] }
const profiles = Object.keys(PROFILES) as UnixfsProfile[]
/** Alike leaves need not be hashed over and over; a stream of a GiB is left to `carport unixfs root`. */
const isHashedWhole = (row: ContentRule) => row.size < (row.content === 'stream' ? 512 : 4) * 1024 * 1024

const name = (row: ContentRule) => `${row.content} ${row.seed}, ${row.size} bytes`

function expectRoot(built: BuiltDag, expected: ExpectedRoot): void {
  expect({ cid: built.root.toString(), blocks: built.blockCount, bytes: built.dagSizeBytes }).toEqual({
    cid: expected.cid,
    blocks: expected.blocks,
    bytes: expected.bytes,
  })
  if (expected.stored !== undefined)
    expect({ blocks: built.storedBlockCount, bytes: built.storedBytes }).toEqual(expected.stored)
}

let directory = ''
let pool: WorkerPool
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carport-build-'))
  pool = new WorkerPool({ workerUrl: new URL('../workers/engine.worker.ts', import.meta.url), size: 2 })
})
afterAll(async () => {
  await pool.close()
  await rm(directory, { recursive: true, force: true })
})

describe('roots by Kubo and Lotus', () => {
  const hashed = table.files.filter(isHashedWhole)
  it.each(hashed.map((row) => [name(row), row] as const))('%s', async (_name, row) => {
    const path = join(directory, 'content')
    writeContent(path, row)
    for (const profile of profiles) expectRoot(await buildFile(path, { profile, tasks: pool }), row.roots[profile])
  })

  // The same rows as above from a stream that comes in pieces of odd sizes, in this thread.
  it.each(hashed.filter((row) => row.size < 4_000_000).map((row) => [name(row), row] as const))(
    'from a stream: %s',
    async (_name, row) => {
      for (const profile of profiles)
        expectRoot(
          await buildStream(oddPieces(contentBytes(row)), { profile, tasks: inlineTaskRunner }),
          row.roots[profile],
        )
    },
  )

  // Large files whose leaves are alike: their trees are built leaf by leaf from a few digests.
  const large = table.files.filter((row) => !isHashedWhole(row) && row.content !== 'stream')
  it.each(large.flatMap((row) => profiles.map((profile) => [name(row), profile, row] as const)))(
    '%s, %s',
    async (_name, profile, row) => {
      const rules = PROFILES[profile]
      const outlet = new BlockOutlet(await BlockNaming.load(rules))
      const tree = new FileTree(outlet)
      const layout = new LeafLayout(rules.chunkSizeBytes, rules.rawLeaves)
      const [piece = new Uint8Array(0)] = contentPieces(row)
      const kinds = new Map<string, Uint8Array<ArrayBuffer>>()
      for (let offset = 0; offset < row.size; offset += layout.chunkSize) {
        const size = Math.min(layout.chunkSize, row.size - offset)
        const kind = `${offset % 1_048_576} ${size}`
        const cid = kinds.get(kind) ?? leafCid(outlet, layout, piece.subarray(offset % 1_048_576).subarray(0, size))
        kinds.set(kind, cid)
        tree.addLeaf({ cid, size, tsize: layout.blockLength(size) })
      }
      const { cid } = tree.finish()
      const expected = row.roots[profile]
      expect(CID.decode(cid).toString()).toBe(expected.cid)
      expect({ blocks: outlet.blockCount, bytes: outlet.dagSizeBytes }).toEqual({
        blocks: expected.blocks,
        bytes: expected.bytes,
      })
    },
  )
})

describe('buildFile', () => {
  it('hands every distinct block to the sink once, children first, with the place of each leaf', async () => {
    for (const profile of profiles) {
      const path = join(directory, 'blocks')
      writeContent(path, { content: 'stream', seed: 3, size: 3_000_050 })
      const bytes = readFileSync(path)
      const seen = new Set<string>()
      const check = async (cid: CID, block: Uint8Array) => {
        await verifyBlock(cid, block)
        expect(seen.has(cid.toString())).toBe(false)
        if (cid.code === dagPb.code)
          for (const link of dagPb.decode(block).Links)
            if (link.Hash.multihash.code !== 0) expect(seen).toContain(link.Hash.toString())
        seen.add(cid.toString())
      }
      const sources: unknown[] = []
      const sink: DagSink = {
        leafBytes: true,
        leaf: async (cid, block, at) => {
          expect(Buffer.from(block ?? []).equals(bytes.subarray(at.offset, at.offset + at.size))).toBe(true)
          expect(at.path).toBe(path)
          await check(cid, block ?? new Uint8Array(0))
        },
        node: check,
        source: (file) => void sources.push(file),
      }
      const built = await buildFile(path, { profile, tasks: pool, sink })
      expect(built).toMatchObject({ sizeBytes: 3_000_050, fileCount: 1, storedBlockCount: seen.size })
      expect(sources).toEqual([{ path, sizeBytes: 3_000_050, mtimeMs: expect.any(Number) }])
    }
  })

  it('sends only positions to a sink that links', async () => {
    const path = join(directory, 'linked')
    writeContent(path, { content: 'stream', seed: 4, size: 2_500_000 })
    const positions: LeafPosition[] = []
    const sink: DagSink = {
      leafBytes: false,
      leaf: (_cid, bytes, at) => {
        expect(bytes).toBeNull()
        positions.push(at)
      },
      node() {},
    }
    await buildFile(path, { profile: 'lotus', tasks: pool, sink })
    expect(positions.map(({ offset, size }) => [offset, size])).toEqual([
      [0, 1_048_576],
      [1_048_576, 1_048_576],
      [2_097_152, 402_848],
    ])
  })

  it('gives a repeated leaf to the sink once', async () => {
    const path = join(directory, 'zeros')
    await writeFile(path, new Uint8Array(5 * 1_048_576))
    let leaves = 0
    const sink: DagSink = { leafBytes: false, leaf: () => void leaves++, node() {} }
    const built = await buildFile(path, { profile: 'unixfs-v1-2025', tasks: pool, sink })
    expect(leaves).toBe(1)
    expect(built.blockCount).toBe(2)
  })

  it('fails when the file grows, shrinks or is touched while it is read', async () => {
    const changes: Array<(path: string) => Promise<void>> = [
      (path) => appendFile(path, 'x'),
      (path) => truncate(path, 1_500_000),
      (path) => utimes(path, 1, 1),
    ]
    for (const change of changes) {
      const path = join(directory, 'changing')
      writeContent(path, { content: 'stream', seed: 5, size: 3 * 1_048_576 })
      const changing: TaskRunner = {
        parallelism: 1,
        run: async (task, input, options) => {
          await change(path)
          return inlineTaskRunner.run(task, input, options)
        },
      }
      await expect(buildFile(path, { profile: 'unixfs-v1-2025', tasks: changing })).rejects.toMatchObject({
        code: 'FILE_CHANGED',
      })
    }
  })

  it('fails when the file changes after the last byte was read', async () => {
    const path = join(directory, 'late')
    await writeFile(path, 'content')
    const sink: DagSink = { leafBytes: false, leaf: () => appendFile(path, 'more'), node() {} }
    await expect(buildFile(path, { profile: 'unixfs-v1-2025', tasks: pool, sink })).rejects.toMatchObject({
      code: 'FILE_CHANGED',
    })
  })

  it('names the file that is missing, is a folder, or may not be read', async () => {
    const options = { profile: 'unixfs-v1-2025', tasks: inlineTaskRunner } as const
    await expect(buildFile(join(directory, 'none'), options)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await mkdir(join(directory, 'folder'), { recursive: true })
    await expect(buildFile(join(directory, 'folder'), options)).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    const path = join(directory, 'secret')
    await writeFile(path, 'x')
    await chmod(path, 0)
    if (process.platform !== 'win32' && process.getuid?.() !== 0)
      await expect(buildFile(path, options)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  it('stops when cancelled, and when the sink fails', async () => {
    const path = join(directory, 'cancelled')
    await writeFile(path, '')
    await truncate(path, 2 * 1024 * 1024 * 1024)
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const cancelled = buildFile(path, { profile: 'lotus', tasks: pool, signal: controller.signal, onProgress })
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
    const sink: DagSink = {
      leafBytes: false,
      leaf: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })),
      node() {},
    }
    await expect(buildFile(path, { profile: 'lotus', tasks: pool, sink })).rejects.toThrow('full')
    await rm(path)
  })
})

function leafCid(outlet: BlockOutlet, layout: LeafLayout, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { rules } = outlet.naming
  const blocks = new Uint8Array(layout.totalLength(content.length))
  layout.contentViews(blocks, content.length, 0, 1)[0]?.set(content)
  return outlet.node(rules.rawLeaves ? RAW_CODEC : DAG_PB_CODEC, layout.seal(blocks, content.length, 0))
}

async function* oddPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  const sizes = [1, 70_001, 262_143, 999_983]
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.slice(at, at + size)
    at += size
  }
}
