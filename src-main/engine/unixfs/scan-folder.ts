import { join } from 'node:path'
import type { BuildContext } from './build-context.ts'
import { partsOf } from './build-file.ts'
import type { SourceFile } from './dag-sink.ts'
import type { FilePart } from './hash-leaves.ts'
import { FILE_ENTRY, FOLDER_ENTRY, listFolderTask } from './list-folder.ts'

/** What a folder holds, in the order in which its DAG is put together: a folder's entries, then its end. */
export type ScanEvent =
  | { type: 'enter'; name: string }
  | { type: 'leave' }
  | { type: 'symlink'; name: string; target: Uint8Array }
  /** A part of a file; the file is whole with the last one. */
  | { type: 'part'; name: string; file: SourceFile; part: FilePart; isLast: boolean }

/** Events whose parts are hashed in one task. */
export interface ScanBatch {
  events: ScanEvent[]
  parts: FilePart[]
}

/** Small files that one task hashes, and their bytes. */
const BATCH_FILES = 256
const LINKED_BATCH_BYTES = 32 * 1024 * 1024
const KEPT_BATCH_BYTES = 8 * 1024 * 1024

/** Walks a folder and everything below it, without following symbolic links. */
export async function* scanFolder(path: string, context: BuildContext): AsyncGenerator<ScanBatch, void, void> {
  const mostBytes = context.keepBlocks ? KEPT_BATCH_BYTES : LINKED_BATCH_BYTES
  let batch: ScanBatch = { events: [], parts: [] }
  let bytes = 0
  for await (const event of eventsOf(path, context)) {
    const length = event.type === 'part' ? event.part.length : 0
    if (batch.parts.length >= BATCH_FILES || (bytes > 0 && bytes + length > mostBytes)) {
      yield batch
      batch = { events: [], parts: [] }
      bytes = 0
    }
    batch.events.push(event)
    if (event.type === 'part') batch.parts.push(event.part)
    bytes += length
  }
  yield batch
}

async function* eventsOf(path: string, context: BuildContext): AsyncGenerator<ScanEvent, void, void> {
  const listing = await context.tasks.run(listFolderTask, { path }, { signal: context.signal })
  let link = 0
  for (const [index, name] of listing.names.entries()) {
    const type = listing.types[index]
    const below = join(path, name)
    if (type === FOLDER_ENTRY) {
      yield { type: 'enter', name }
      yield* eventsOf(below, context)
      yield { type: 'leave' }
    } else if (type === FILE_ENTRY) {
      const file = { path: below, sizeBytes: listing.sizes[index] ?? 0, mtimeMs: listing.mtimesMs[index] ?? 0 }
      for (const part of partsOf(file, context))
        yield { type: 'part', name, file, part, isLast: part.offset + part.length >= file.sizeBytes }
    } else yield { type: 'symlink', name, target: listing.targets[link++] ?? new Uint8Array(0) }
  }
}
