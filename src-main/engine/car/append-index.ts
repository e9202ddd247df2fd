import type { AtomicFileWriter } from '../base/index.ts'
import type { IndexBuilder } from './index-builder.ts'

/** Appends an encoded index to a file. One piece is written while the next is sorted. */
export async function appendIndex(file: AtomicFileWriter, builder: IndexBuilder): Promise<void> {
  let writing = Promise.resolve()
  for (const piece of builder.encode()) {
    await writing
    writing = file.append(piece)
    writing.catch(() => {}) // reported when it is awaited
  }
  await writing
}
