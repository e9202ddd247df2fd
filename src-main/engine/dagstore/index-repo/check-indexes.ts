import { join } from 'node:path'
import type { ErrorValue } from '../../../../src-shared/errors/index.ts'
import { EngineError, FileReader, type RandomAccessReader, type Task } from '../../base/index.ts'
import { openCarIndex } from '../../car/index.ts'

export interface CheckIndexesInput {
  directory: string
  names: string[]
}

/** Length of each index in bytes, or why it cannot be used; in the order of the names. */
export type CheckedIndex = { byteLength: number } | { error: ErrorValue }

/** Looks at the structure of many index files in a worker. Their records are not read. */
export const checkIndexesTask: Task<CheckIndexesInput, CheckedIndex[]> = {
  name: 'dagstore.checkIndexes',
  async run({ directory, names }, { signal }) {
    const checked: CheckedIndex[] = []
    for (const name of names) {
      if (signal.aborted) break
      checked.push(await checkOne(join(directory, name)))
    }
    return checked
  },
}

async function checkOne(path: string): Promise<CheckedIndex> {
  try {
    const file = FileReader.open(path)
    try {
      const index = await openCarIndex(withoutThreadSwitch(file), undefined, { inMemoryBytes: 0 })
      return { byteLength: index.byteLength }
    } finally {
      await file.close()
    }
  } catch (error) {
    return { error: EngineError.from(error).toValue() }
  }
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
