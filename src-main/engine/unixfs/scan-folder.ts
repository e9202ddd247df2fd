import { sep } from 'node:path'
import type { BuildContext } from './build-context.ts'
import { partsOf } from './build-file.ts'
import type { SourceFile } from './dag-sink.ts'
import type { FilePart } from './hash-leaves.ts'
import { type HashSmallFilesOutput, hashSmallFilesTask } from './hash-small-files.ts'
import { inOrder } from './in-order.ts'
import { FILE_ENTRY, FOLDER_ENTRY, listFolderTask } from './list-folder.ts'

/**
 * The scan of a folder, in the order in which its DAG is put together: the entries of a folder, then its end. It runs
 * in three stages, each a few tasks ahead of the next: list folders, size files and hash the small ones, and give out
 * the parts of the large ones.
 */
export type ScanEvent = FolderEvent | SmallFileEvent | PartEvent

type FolderEvent =
  | { type: 'enter'; name: string }
  | { type: 'leave' }
  | { type: 'symlink'; name: string; target: Uint8Array }

/** A file of one leaf that has been hashed: the next leaf of `output`. */
interface SmallFileEvent {
  type: 'small'
  name: string
  file: SourceFile
  output: HashSmallFilesOutput
}

/** A part of a file still to be hashed; the file is whole with the last one. */
export interface PartEvent {
  type: 'part'
  name: string
  file: SourceFile
  part: FilePart
  isLast: boolean
}

/** Events, and the parts among them, which are hashed in one task. */
export interface ScanBatch {
  events: ScanEvent[]
  parts: FilePart[]
}

type FoundEvent = FolderEvent | { type: 'file'; name: string; path: string }

/** Files that one task sizes. */
const SIZED_FILES = 512
/** Up to here a file is hashed where it is sized. Never more than the smallest chunk, so that it is one leaf. */
const LINKED_SMALL_BYTES = 256 * 1024
/** Less where the blocks are kept, since a batch of them is in memory at once. */
const KEPT_SMALL_BYTES = 16 * 1024
const LINKED_BATCH_BYTES = 32 * 1024 * 1024
const KEPT_BATCH_BYTES = 8 * 1024 * 1024
const BATCH_EVENTS = 512

/** Walks a folder and everything below it, without following symbolic links. */
export async function* scanFolder(path: string, context: BuildContext): AsyncGenerator<ScanBatch, void, void> {
  const mostBytes = context.keepBlocks ? KEPT_BATCH_BYTES : LINKED_BATCH_BYTES
  let batch: ScanBatch = { events: [], parts: [] }
  let bytes = 0
  for await (const events of sizedEvents(path, context)) {
    for (const event of events) {
      const length = event.type === 'part' ? event.part.length : 0
      if (batch.events.length >= BATCH_EVENTS || (bytes > 0 && bytes + length > mostBytes)) {
        yield batch
        batch = { events: [], parts: [] }
        bytes = 0
      }
      batch.events.push(event)
      if (event.type === 'part') batch.parts.push(event.part)
      bytes += length
    }
  }
  yield batch
}

async function* sizedEvents(path: string, context: BuildContext): AsyncGenerator<Iterable<ScanEvent>, void, void> {
  const size = async (found: FoundEvent[]) => {
    const paths = found.map((event) => (event.type === 'file' ? `${event.path}\0` : '')).join('')
    const smallBytes = context.keepBlocks ? KEPT_SMALL_BYTES : LINKED_SMALL_BYTES
    const input = { ...context.hashInput(), paths, smallBytes }
    const output = await context.tasks.run(hashSmallFilesTask, input, { signal: context.signal })
    return withSizes(found, output, smallBytes, context)
  }
  const ahead = context.tasks.parallelism + 1
  for await (const { result } of inOrder(grouped(foundEvents(path, context)), ahead, size, context.stop)) yield result
}

function* withSizes(
  found: readonly FoundEvent[],
  output: HashSmallFilesOutput,
  smallBytes: number,
  context: BuildContext,
): Generator<ScanEvent, void, void> {
  let index = 0
  for (const event of found) {
    if (event.type !== 'file') {
      yield event
      continue
    }
    const { name, path } = event
    const file = { path, sizeBytes: output.sizes[index] ?? 0, mtimeMs: output.mtimesMs[index] ?? 0 }
    index++
    if (file.sizeBytes <= smallBytes) yield { type: 'small', name, file, output }
    else
      for (const part of partsOf(file, context))
        yield { type: 'part', name, file, part, isLast: part.offset + part.length >= file.sizeBytes }
  }
}

async function* grouped(events: AsyncIterable<FoundEvent>): AsyncGenerator<FoundEvent[], void, void> {
  let group: FoundEvent[] = []
  for await (const event of events) {
    group.push(event)
    if (group.length < SIZED_FILES) continue
    yield group
    group = []
  }
  yield group
}

async function* foundEvents(path: string, context: BuildContext): AsyncGenerator<FoundEvent, void, void> {
  const listing = await context.tasks.run(listFolderTask, { path }, { signal: context.signal })
  const names = listing.names.split('/')
  names.pop()
  let link = 0
  for (const [index, name] of names.entries()) {
    const type = listing.types[index]
    if (type === FOLDER_ENTRY) {
      yield { type: 'enter', name }
      yield* foundEvents(path + sep + name, context)
      yield { type: 'leave' }
    } else if (type === FILE_ENTRY) yield { type: 'file', name, path: path + sep + name }
    else yield { type: 'symlink', name, target: listing.targets[link++] ?? new Uint8Array(0) }
  }
}
