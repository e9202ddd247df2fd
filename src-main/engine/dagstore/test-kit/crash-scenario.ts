import { writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore } from '../../store/index.ts'
import { createDagstore } from '../dagstore.ts'
import type { Dagstore } from '../dagstore-ports.ts'
import { LotusMount } from '../mount/lotus-mount.ts'
import { MountRegistry } from '../mount/mount-registry.ts'
import type { ShardStep } from '../shard-step.ts'
import { rawBlock, type TestCar, testCar } from './test-cars.ts'
import { TestPieces } from './test-pieces.ts'

/**
 * Everything that a dagstore and its shards can go through, for being stopped in the middle of it. As a program it is
 * killed in front of its n-th step: `crash-scenario.ts DIRECTORY N`; each answer of the dagstore is a line of its output,
 * then the name of the step, where there is an n-th.
 */

export const SHARED = rawBlock('a block of all')
const car = (name: string) => testCar(name, 3, [SHARED])
export const CRASH_CARS = { kept: car('kept'), destroyed: car('destroyed'), broken: car('broken'), lazy: car('lazy') }
export const ALL_CRASH_CARS: TestCar[] = Object.values(CRASH_CARS)
const { kept, destroyed, broken, lazy } = CRASH_CARS
const JUNK = Buffer.from('this is no CAR at all')

interface CrashWorld {
  dagstore: Dagstore
  directory: string
  pieces: TestPieces
  /** What callers are told, in the order they are told. */
  done(answer: string): void
}

/** Stops wherever a step stops. */
async function crashScenario({ dagstore, directory, pieces, done }: CrashWorld): Promise<void> {
  await dagstore.registerPiece(kept.key)
  done('kept is there')
  await dagstore.registerPiece(lazy.key, { lazy: true })
  done('lazy is there')
  await dagstore.registerPiece(destroyed.key)
  await (await dagstore.acquire(kept.key)).close()
  await dagstore.gc()
  await (await dagstore.acquire(kept.key)).close()
  await rm(join(directory, 'index', `${kept.key}.full.idx`))
  dagstore.configure({ MaxIdleOpenShards: 0 })
  await (await dagstore.acquire(kept.key)).close()
  done('kept has its index again')
  pieces.set(broken.key, JUNK)
  await dagstore.registerPiece(broken.key).catch(() => {})
  done('broken failed')
  pieces.add(broken)
  await dagstore.recover(broken.key)
  done('broken is mended')
  done('destroying')
  await dagstore.destroy(destroyed.key)
  done('destroyed is gone')
  await dagstore.registerPiece(destroyed.key)
  done('destroyed is back')
  await dagstore.initialize(lazy.key)
  done('lazy is Available')
}

async function runAndDie(directory: string, step: number): Promise<void> {
  const pieces = new TestPieces().add(...ALL_CRASH_CARS)
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  let count = 0
  const say = (line: string) => writeSync(1, `${line}\n`)
  const dagstore = createDagstore({
    ...{ directory, store, tasks: inlineTaskRunner, clock: systemClock, log: silentLogger },
    mounts: new MountRegistry().register('lotus', new LotusMount(pieces, { copy: () => true })),
    config: { GCInterval: 0, MaxRecoverAttempts: 0 },
    onStep: ({ name }: ShardStep) => {
      if (count++ < step) return
      say(name)
      process.kill(process.pid, 'SIGKILL')
    },
  })
  await dagstore.start()
  await crashScenario({ dagstore, directory, pieces, done: say })
  await dagstore.settled()
  await dagstore.close()
  await store.close()
}

const [, program, directory, step] = process.argv
if (program?.endsWith('crash-scenario.ts') === true && directory !== undefined) await runAndDie(directory, Number(step))
