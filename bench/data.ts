/** Test data made by a fixed rule, the same on every machine. */
import { writeContent } from '../src-main/engine/testing/content.ts'

export { contentBytes, fillStream, writeContent } from '../src-main/engine/testing/content.ts'

/** Writes a file of the stream of `seed`; it stays in the page cache. */
export function writeStreamFile(path: string, size: number, seed: number): void {
  writeContent(path, { content: 'stream', seed, size })
}
