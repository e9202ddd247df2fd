/**
 * A process for a test to kill: adds one piece whole, then another, and says so as soon as a part of the second is
 * written. Arguments: piece directory, database, first file, second file.
 */
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore } from '../../store/index.ts'
import { DirectoryPieceStore } from '../index.ts'

const [directory = '', database = '', first = '', second = ''] = process.argv.slice(2)
const store = await DirectoryPieceStore.open({
  directory,
  store: await LevelStore.open(database),
  tasks: inlineTaskRunner,
  clock: systemClock,
  log: silentLogger,
})
await store.add(first)
await store.add(second, {
  onProgress: ({ doneBytes }) => {
    if (doneBytes === 0) return
    process.send?.('writing')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
})
