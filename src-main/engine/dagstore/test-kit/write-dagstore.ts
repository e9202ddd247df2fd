import { join } from 'node:path'
import { EngineError, inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore, type Store } from '../../store/index.ts'
import { createDagstore } from '../dagstore.ts'
import type { Dagstore } from '../dagstore-ports.ts'
import { LotusMount } from '../mount/lotus-mount.ts'
import { MountRegistry } from '../mount/mount-registry.ts'
import { StoreShardRecords } from '../records/shard-records.ts'
import { rawBlock, type TestCar, testCar } from './test-cars.ts'
import { TestPieces } from './test-pieces.ts'

/**
 * Writes a dagstore of a thousand shards, a share of them in every state there is, and one that was destroyed; then
 * closes it, or dies. As a program: `write-dagstore.ts DIRECTORY close|kill`.
 */

const ROLES = ['available', 'lazy', 'read', 'failed', 'initializing', 'recovering', 'copied', 'mended'] as const
export type Role = (typeof ROLES)[number]

export interface WrittenShard {
  role: Role
  car: TestCar
}

export const WRITTEN: WrittenShard[] = Array.from({ length: 1000 }, (_, i) => ({
  role: ROLES[i % ROLES.length] ?? 'available',
  car: testCar(`for go ${i}`, 5, i < 50 ? [rawBlock('in many')] : []),
}))

const JUNK = Buffer.from('this is no CAR')
/** Fetched before they are read; the others are read in place. */
const COPIED = new Set(WRITTEN.filter(({ role }) => role === 'copied').map(({ car }) => car.key))
const keysOf = (...roles: Role[]) => WRITTEN.filter(({ role }) => roles.includes(role)).map(({ car }) => car.key)

async function write(directory: string, how: string): Promise<void> {
  const destroyed = testCar('destroyed')
  const pieces = new TestPieces().add(...WRITTEN.map(({ car }) => car), destroyed)
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  const dagstore = createDagstore({
    directory,
    store,
    tasks: inlineTaskRunner,
    mounts: new MountRegistry().register(
      'lotus',
      new LotusMount(pieces, { copy: (pieceCid) => COPIED.has(pieceCid.toString()) }),
    ),
    clock: systemClock,
    log: silentLogger,
    config: { GoInvertedIndex: 'always', MaxRecoverAttempts: 0, MaxConcurrentIndex: 0 },
  })
  await dagstore.start()
  for (const key of keysOf('failed', 'recovering', 'mended')) pieces.set(key, JUNK)
  const lazy = keysOf('lazy', 'initializing')
  const eager = WRITTEN.map(({ car }) => car.key).filter((key) => !lazy.includes(key))
  await Promise.all(lazy.map((key) => dagstore.registerPiece(key, { lazy: true })))
  await Promise.all(eager.map((key) => dagstore.registerPiece(key).catch(() => {})))
  await dagstore.registerPiece(destroyed.key)
  await dagstore.destroy(destroyed.key)
  pieces.add(...WRITTEN.filter(({ role }) => role !== 'failed').map(({ car }) => car))
  await Promise.all(keysOf('mended').map((key) => dagstore.recover(key)))
  await Promise.all(keysOf('read').map((key) => dagstore.acquire(key)))
  await dagstore.settled()
  await beginWithoutEnd(dagstore, pieces, store)
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  await dagstore.close()
  await store.close()
}

/** Leaves shards in the middle of their initialization and recovery, with records that say so. */
async function beginWithoutEnd(dagstore: Dagstore, pieces: TestPieces, store: Store): Promise<void> {
  pieces.hold()
  for (const key of keysOf('initializing')) dagstore.initialize(key).catch(() => {})
  for (const key of keysOf('recovering')) dagstore.recover(key).catch(() => {})
  const begun = keysOf('initializing', 'recovering')
  await pieces.held(begun.length)
  while ((await recordedAsBegun(store)) < begun.length) await new Promise((resolve) => setImmediate(resolve))
  for (const key of begun)
    if (!['Initializing', 'Recovering'].includes(dagstore.info(key).state))
      throw new EngineError('INTERNAL', `The shard ${key} should be in the middle of its work.`)
}

async function recordedAsBegun(store: Store): Promise<number> {
  let count = 0
  for await (const { content } of new StoreShardRecords(store).rows())
    if ('record' in content && (content.record.stateNumber === 1 || content.record.error.startsWith('recovery')))
      count++
  return count
}

const [, program, directory, how] = process.argv
if (program?.endsWith('write-dagstore.ts') === true && directory !== undefined) await write(directory, how ?? 'close')
