import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner, silentLogger, systemClock } from '../base/index.ts'
import { LevelStore } from '../store/index.ts'
import { goProgram } from '../testing/go-program.ts'
import { createDagstore } from './dagstore.ts'
import { LotusMount } from './mount/lotus-mount.ts'
import { MountRegistry } from './mount/mount-registry.ts'
import { type TestCar, testCar } from './test-kit/test-cars.ts'
import { TestPieces } from './test-kit/test-pieces.ts'
import { type Role, WRITTEN } from './test-kit/write-dagstore.ts'

/** Go's dagstore itself, as three versions of Lotus had it, on directories that Carport wrote: where there is a Go for it. */
const NEWEST = 'v0.7.0'
const PROGRAMS: Array<[version: string, program: string | null]> = [
  [NEWEST, await goProgram('go-dagstore')],
  ['v0.5.2', await goProgram('go-dagstore', 'v0.5.2')],
  ['v0.4.3', await goProgram('go-dagstore', 'v0.4.3')],
]
const writer = fileURLToPath(new URL('./test-kit/write-dagstore.ts', import.meta.url))
const run = promisify(execFile)

interface Found {
  state: string
  error: string
  blocks: Record<string, string>
  lookedUp: number
  recovered?: string
}

describe.each(PROGRAMS)('Go’s dagstore %s', (version, program) => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carport-for-go-'))
    await mkdir(join(directory, 'pieces'))
    for (const { role, car } of WRITTEN)
      await writeFile(join(directory, 'pieces', car.key), role === 'failed' ? 'this is no CAR' : car.bytes)
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  /** Lets another process write a dagstore, and end it or kill itself. */
  async function write(how: 'close' | 'kill'): Promise<void> {
    const child = spawn(process.execPath, [writer, join(directory, 'dagstore'), how], { stdio: 'inherit' })
    const [code, signal] = await once(child, 'exit')
    expect([code, signal]).toEqual(how === 'kill' ? [null, 'SIGKILL'] : [0, null])
  }

  const ask = async (): Promise<Record<string, Found>> => {
    const { stdout } = await run(program ?? '', [join(directory, 'dagstore'), join(directory, 'pieces')])
    return JSON.parse(stdout) as Record<string, Found>
  }

  it.skipIf(program === null).each(['close', 'kill'] as const)(
    'opens a thousand shards in every state as Carport left them, after a %s, and Carport those as Go left them',
    async (how) => {
      await write(how)
      const shards = await ask()
      expect(Object.keys(shards).sort()).toEqual(WRITTEN.map(({ car }) => car.key).sort())
      for (const { role, car } of WRITTEN) {
        const found = shards[car.key]
        expect([role, STATES_FOR_GO[role]]).toEqual([role, expect.arrayContaining([found?.state])])
        if (role === 'failed')
          expect([found?.blocks, found?.error]).toEqual([{}, expect.stringContaining('failed to acquire shard')])
        else
          expect([role, found]).toMatchObject([role, { error: '', blocks: digestsOf(car), ...lookedUp(version, car) }])
        expect([role, found?.recovered ?? '']).toEqual([role, recoveredBy(version, role)])
      }
      const again = await ask()
      for (const { role, car } of WRITTEN)
        expect([role, again[car.key]]).toMatchObject([
          role,
          { state: role === 'failed' ? 'ShardStateErrored' : 'ShardStateAvailable', blocks: found(role, car) },
        ])
      await expectReadableHere(join(directory, 'dagstore'))
    },
    120_000,
  )
})

/** The go-car that v0.4.3 came with knows no indexes by multihash. Recovering, which Lotus did by itself, makes them anew. */
function recoveredBy(version: string, role: Role): unknown {
  if (version !== 'v0.4.3' || !['available', 'read', 'copied', 'mended'].includes(role)) return ''
  return expect.stringContaining('unknwon index codec')
}

function lookedUp(version: string, { blocks }: TestCar): Partial<Found> {
  return { lookedUp: version === 'v0.4.3' ? 0 : blocks.length }
}

function found(role: Role, car: TestCar): Record<string, string> {
  return role === 'failed' ? {} : digestsOf(car)
}

/** What Go shows right after its start, which goes on by itself with what was under way. */
const STATES_FOR_GO: Record<Role, string[]> = {
  available: ['ShardStateAvailable'],
  lazy: ['ShardStateNew'],
  read: ['ShardStateAvailable'],
  failed: ['ShardStateErrored'],
  initializing: ['ShardStateNew', 'ShardStateInitializing', 'ShardStateAvailable'],
  recovering: ['ShardStateErrored'],
  copied: ['ShardStateAvailable'],
  mended: ['ShardStateAvailable'],
}

function digestsOf({ blocks }: TestCar): Record<string, string> {
  return Object.fromEntries(
    blocks.map(({ cid, bytes }) => [cid.toString(), createHash('sha256').update(bytes).digest('hex')]),
  )
}

async function expectReadableHere(directory: string): Promise<void> {
  const good = WRITTEN.filter(({ role }) => role !== 'failed').map(({ car }) => car)
  const pieces = new TestPieces().add(...good)
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  const mounts = new MountRegistry().register('lotus', new LotusMount(pieces))
  const dagstore = createDagstore({
    ...{ directory, store, mounts, tasks: inlineTaskRunner, clock: systemClock, log: silentLogger },
  })
  await dagstore.start()
  try {
    expect(dagstore.list()).toHaveLength(WRITTEN.length)
    expect(dagstore.has(testCar('destroyed').key)).toBe(false)
    for (const car of good) {
      const accessor = await dagstore.acquire(car.key)
      for (const { cid, bytes } of car.blocks)
        expect(Buffer.from(await accessor.blockstore.get(cid)).equals(bytes)).toBe(true)
      await accessor.close()
    }
  } finally {
    await dagstore.close()
    await store.close()
  }
}
