import { join } from 'node:path'
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore } from '../../store/index.ts'
import { createDagstore } from '../dagstore.ts'
import { LotusMount } from '../mount/lotus-mount.ts'
import { MountRegistry } from '../mount/mount-registry.ts'
import { rawBlock, testCar } from './test-cars.ts'
import { TestPieces } from './test-pieces.ts'

/**
 * Writes a dagstore: every second shard initialized, the others lazy, one that was destroyed, one that is read. As a
 * program: `write-dagstore.ts DIRECTORY close|kill`.
 */
export const WRITTEN_CARS = Array.from({ length: 12 }, (_, i) => testCar(`for go ${i}`, 30, [rawBlock('in all')]))

async function write(directory: string, how: string): Promise<void> {
  const destroyed = testCar('destroyed')
  const pieces = new TestPieces().add(...WRITTEN_CARS, destroyed)
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  const dagstore = createDagstore({
    directory,
    store,
    tasks: inlineTaskRunner,
    mounts: new MountRegistry().register('lotus', new LotusMount(pieces)),
    clock: systemClock,
    log: silentLogger,
    config: { GoInvertedIndex: 'always' },
  })
  await dagstore.start()
  for (const [i, { key }] of WRITTEN_CARS.entries()) await dagstore.registerPiece(key, { lazy: i % 2 === 1 })
  await dagstore.registerPiece(destroyed.key)
  await dagstore.destroy(destroyed.key)
  await dagstore.acquire(WRITTEN_CARS[0]?.key ?? '')
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  await dagstore.close()
  await store.close()
}

const [, program, directory, how] = process.argv
if (program?.endsWith('write-dagstore.ts') === true && directory !== undefined) await write(directory, how ?? 'close')
