import { join } from 'node:path'
import type { ErrorValue } from '../../../../src-shared/errors/index.ts'
import { EngineError, FileReader, type RandomAccessReader, type Task } from '../../base/index.ts'
import { openCarIndex } from '../../car/index.ts'
import { hasTimeOf, type IndexStamp, stampOf } from './index-stamp.ts'

export interface CheckIndexesInput {
  directory: string
  names: string[]
  /** Of each as it was made; null where that is not known. */
  stamps: Array<IndexStamp | null>
}

/** Length of each index in bytes, or why it cannot be used; in the order of the names. `stamp`: where it is new. */
export type CheckedIndex = { byteLength: number; stamp: IndexStamp | null } | { error: ErrorValue }

/** Looks at the structure of many index files in a worker. Only those that may have changed are read whole. */
export const checkIndexesTask: Task<CheckIndexesInput, CheckedIndex[]> = {
  name: 'dagstore.checkIndexes',
  async run({ directory, names, stamps }, { signal }) {
    const checked: CheckedIndex[] = []
    for (const [i, name] of names.entries()) {
      if (signal.aborted) break
      checked.push(await checkOne(join(directory, name), stamps[i] ?? null))
    }
    return checked
  },
}

async function checkOne(path: string, made: IndexStamp | null): Promise<CheckedIndex> {
  try {
    const file = FileReader.open(path)
    try {
      const index = await openCarIndex(withoutThreadSwitch(file), undefined, { inMemoryBytes: 0 })
      if (made !== null && hasTimeOf(file, made)) return { byteLength: index.byteLength, stamp: null }
      const stamp = stampOf(file)
      if (made !== null && made.crc !== stamp.crc) throw changed(path)
      return { byteLength: index.byteLength, stamp }
    } finally {
      await file.close()
    }
  } catch (error) {
    return { error: EngineError.from(error).toValue() }
  }
}

function changed(path: string): EngineError {
  return new EngineError(
    'INDEX_INVALID',
    `The index ${path} is not as it was made: somebody or something changed it.`,
    {
      details: { path },
    },
  )
}

/** A handful of bytes is read faster here than by another thread. */
function withoutThreadSwitch(file: FileReader): RandomAccessReader {
  return {
    size: file.size,
    readAt: async (into, position) => file.readAtSync(into, position),
    readAtSync: (into, position) => file.readAtSync(into, position),
    close: () => file.close(),
  }
}

/** Stamps an index that is too large to be read on the main thread. */
export const stampIndexTask: Task<{ path: string }, IndexStamp> = {
  name: 'dagstore.stampIndex',
  async run({ path }) {
    const file = FileReader.open(path)
    try {
      return stampOf(file)
    } finally {
      await file.close()
    }
  },
}
