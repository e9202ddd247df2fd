import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, type TaskRunner } from '../base/index.ts'
import { LotusStorageSource, PieceRows, PieceSources, RecordedSectorLocations } from '../pieces/index.ts'
import { MemoryStore } from '../store/index.ts'
import { fixture } from '../testing/fixtures.ts'
import { LotusRepositories } from '../testing/lotus-repositories.ts'
import type { Dagstore } from './dagstore-ports.ts'
import { LotusMount } from './mount/lotus-mount.ts'
import { MountRegistry } from './mount/mount-registry.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'

/** What goes wrong with the sectors behind shards: it is said what and what to do, and when it is mended the shard is read. */

interface ExpectedPiece {
  what: string
  pieceCid: string
  deals: Array<{ sector: number; offsetPadded: number; lengthPadded: number }>
}
const { pieces } = JSON.parse(readFileSync(fixture('lotus-miner/expected.json'), 'utf8')) as { pieces: ExpectedPiece[] }
const pieceOf = (name: string) => pieces.find(({ what }) => what.startsWith(`${name}:`)) as ExpectedPiece
/** In sector 1, of the first storage path; in sector 9, of the second; its only unsealed file is torn; sealed only. */
const [basic, second, torn, sealed] = ['basic', 'second', 'torn', 'sealed'].map(pieceOf) as [
  ExpectedPiece,
  ExpectedPiece,
  ExpectedPiece,
  ExpectedPiece,
]

let repositories: LotusRepositories
let home: DagstoreHome
let miner: string
let locations: RecordedSectorLocations
let sector: string
let source: LotusStorageSource
let dagstore: Dagstore
/** Names of what was given to workers. */
let ran: string[]

beforeEach(async () => {
  repositories = await LotusRepositories.create()
  home = await DagstoreHome.create()
  miner = await repositories.miner()
  sector = join(miner, 'unsealed/s-t01000-1')
  locations = await locationsOf(pieces)
  source = new LotusStorageSource({ directories: [miner], locations, log: silentLogger })
  const sources = new PieceSources({ sources: [source], maxConcurrentCalls: 0 })
  const mounts = new MountRegistry().register('lotus', new LotusMount(sources))
  ran = []
  const tasks: TaskRunner = {
    parallelism: inlineTaskRunner.parallelism,
    run: (task, input, options) => {
      ran.push(task.name)
      return inlineTaskRunner.run(task, structuredClone(input), options)
    },
  }
  dagstore = (await home.open({ mounts, tasks, config: { MaxRecoverAttempts: 0, MaxIdleOpenShards: 0 } })).dagstore
  for (const { pieceCid } of [basic, second, torn, sealed]) await dagstore.registerPiece(pieceCid, { lazy: true })
  for (const { pieceCid } of [basic, second]) await dagstore.initialize(pieceCid)
})
afterEach(async () => {
  await home.remove()
  await repositories.remove()
})

/** Every block, as its CID says. */
async function read({ pieceCid }: ExpectedPiece): Promise<number> {
  const accessor = await dagstore.acquire(pieceCid)
  try {
    let count = 0
    for await (const cid of accessor.blockstore.cids()) {
      await accessor.blockstore.get(cid)
      count++
    }
    return count
  } finally {
    await accessor.close()
  }
}

/** A trouble fails who asks, with the reason; the shard is not spoiled by it, and read once it is over. */
async function expectPassing(piece: ExpectedPiece, message: RegExp, mend: () => Promise<unknown>): Promise<void> {
  await expect(read(piece)).rejects.toMatchObject({
    code: 'MOUNT_UNAVAILABLE',
    message: expect.stringMatching(message),
  })
  expect(dagstore.info(piece.pieceCid)).toMatchObject({ state: 'Available', readers: 0 })
  await mend()
  expect(await read(piece)).toBeGreaterThan(0)
}

it('the pieces of sectors are unpadded, indexed and audited by workers, as pieces in files are', async () => {
  expect(ran.filter((name) => name === 'dagstore.index')).toHaveLength(2)
  for (const { pieceCid } of [basic, second])
    expect(await dagstore.audit(pieceCid)).toMatchObject({ result: 'good', payload: { verified: true } })
  expect(ran.filter((name) => name === 'dagstore.auditIndex')).toHaveLength(2)
  const file = await readFile(sector)
  const [{ offsetPadded } = { offsetPadded: 0 }] = basic.deals
  file[offsetPadded + 100] = (file[offsetPadded + 100] ?? 0) ^ 0xff
  await writeFile(sector, file)
  expect(await dagstore.audit(basic.pieceCid)).toMatchObject({ result: 'piece-damaged' })
})

it.each([
  ['shorter than its trailer says', (whole: Buffer) => whole.subarray(0, whole.length - 100)],
  ['as long as a sector, without a trailer', (whole: Buffer) => whole.subarray(0, 2048)],
  [
    'with a trailer that is no RLE+',
    (whole: Buffer) => Buffer.concat([whole.subarray(0, 2048), Buffer.of(3, 1, 0, 0, 0)]),
  ],
  [
    'with a trailer that allocates more than there is',
    (whole: Buffer) => Buffer.concat([whole.subarray(0, 2048), Buffer.of(0b11100100, 0xff, 0xff, 0x03, 4, 0, 0, 0)]),
  ],
  ['empty', () => Buffer.alloc(0)],
])('a sector file %s', async (_what, damage) => {
  const whole = await readFile(sector)
  expect(await read(basic)).toBeGreaterThan(0)
  await writeFile(sector, damage(whole))
  await expect(read(basic)).rejects.toMatchObject({
    code: 'PIECE_SEALED',
    message: expect.stringMatching(/unseal it, or .* An unsealed copy is damaged: .*s-t01000-1 is not a whole/),
  })
  await rm(join(miner, 'sealed'), { recursive: true })
  await expectPassing(basic, /s-t01000-1 is not a whole unsealed sector: .*mend that, and try again\.$/, () =>
    writeFile(sector, whole),
  )
})

it('a sector file that is a folder, or a link in a circle', async () => {
  await rename(sector, `${sector}-aside`)
  await mkdir(sector)
  await expectPassing(basic, /s-t01000-1 is a folder\. .*mend that/, async () => {
    await rm(sector, { recursive: true })
    await symlink(sector, sector)
    await expect(read(basic)).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
    await rm(sector)
    await rename(`${sector}-aside`, sector)
  })
})

it.skipIf(process.getuid?.() === 0)('a sector file or folder that may not be read', async () => {
  await chmod(sector, 0)
  await expectPassing(basic, /may not be read .* by this user/, () => chmod(sector, 0o600))
  await chmod(join(miner, 'unsealed'), 0)
  await expectPassing(basic, /may not be read .* by this user/, () => chmod(join(miner, 'unsealed'), 0o700))
})

it('a storage path that is not there: its disk is unmounted, and mounted again', async () => {
  const path = join(miner, 'long-term')
  await rename(path, `${path}-unmounted`)
  await expectPassing(second, /sector 9 can be found, and the storage path .*long-term cannot be reached: attach/, () =>
    rename(`${path}-unmounted`, path),
  )
})

it('a repository that is not there when Carport starts is read once it is', async () => {
  const late = join(miner, '..', 'late')
  const later = new LotusStorageSource({ directories: [late], locations, log: silentLogger })
  const cid = CID.parse(second.pieceCid)
  await expect(later.stat(cid)).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
  await symlink(miner, late)
  expect(await later.stat(cid)).toMatchObject({ state: 'unsealed' })
})

it('a shard whose path goes away under its readers: they end, the next is told, later ones read again', async () => {
  const accessor = await dagstore.acquire(second.pieceCid)
  const path = join(miner, 'long-term')
  await rename(path, `${path}-unmounted`)
  const [root] = accessor.blockstore.roots
  if (root === undefined) throw new TypeError('no root')
  expect((await accessor.blockstore.get(root)).length).toBeGreaterThan(0) // an open file stays
  await accessor.close()
  await expectPassing(second, /cannot be reached/, () => rename(`${path}-unmounted`, path))
})

it('a sector file that is cut while its shard lies open for the next reader is not trusted', async () => {
  dagstore.configure({ MaxIdleOpenShards: 8 })
  await rm(join(miner, 'sealed'), { recursive: true })
  const whole = await readFile(sector)
  expect(await read(basic)).toBeGreaterThan(0)
  await truncate(sector, 600)
  await expectPassing(basic, /is not a whole unsealed sector/, async () => {
    await rm(sector)
    await writeFile(sector, whole)
  })
})

it('the same sector in two storage paths: the copy that can be read is used, in either order', async () => {
  const other = join(miner, 'long-term/unsealed/s-t01000-1')
  await copyFile(sector, other)
  await truncate(sector, 700)
  expect(await read(basic)).toBeGreaterThan(0)
  await copyFile(other, sector)
  await truncate(other, 700)
  expect(await read(basic)).toBeGreaterThan(0)
  await utimes(other, 0, 0)
  await rm(sector)
  await expect(read(basic)).rejects.toMatchObject({ message: expect.stringContaining(other) })
})

it('a torn copy beside a sealed one: the piece is sealed only, and it is said why', async () => {
  await expect(read(torn)).rejects.toMatchObject({
    code: 'PIECE_SEALED',
    message: expect.stringMatching(/unseal it, or .* An unsealed copy is damaged: .*s-t01000-7 is not a whole/),
  })
  await expect(read(sealed)).rejects.toMatchObject({
    code: 'PIECE_SEALED',
    message: expect.not.stringContaining('damaged'),
  })
})

it('one file that cannot be looked at keeps no other piece from being listed', async () => {
  await rm(sector)
  await mkdir(sector)
  const rows = new PieceRows()
  await source.refreshRows(rows)
  expect(rows.table.get(basic.pieceCid)).toMatchObject({ state: 'missing', path: null })
  expect(rows.table.get(second.pieceCid)).toMatchObject({ state: 'unsealed' })
})

async function locationsOf(all: ExpectedPiece[]): Promise<RecordedSectorLocations> {
  const recorded = new RecordedSectorLocations(new MemoryStore())
  for (const { pieceCid, deals } of all)
    await recorded.put(
      pieceCid,
      deals.map(({ sector: number, offsetPadded: offset, lengthPadded: length }) => ({
        ...{ dealId: '1', provider: 't01000', sector: String(number), offset, length },
      })),
    )
  return recorded
}
