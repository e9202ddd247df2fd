import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fromErrno, throwIfAborted } from '../base/index.ts'
import { BuildContext } from './build-context.ts'
import type { BuildOptions, BuiltDag, SourceFile } from './dag-sink.ts'
import { FileTree } from './file-tree.ts'
import { type FilePart, hashLeavesTask } from './hash-leaves.ts'
import { inOrder } from './in-order.ts'
import { LeafFeed } from './leaf-feed.ts'
import { fileChanged, notAFile } from './source-errors.ts'

/** What one task hashes: long enough that handing it over costs nothing, short enough to cancel and share out. */
const LINKED_PART_BYTES = 32 * 1024 * 1024
const KEPT_PART_BYTES = 8 * 1024 * 1024

/**
 * Builds the UnixFS DAG of one file. The file is read once, by the threads that hash it. Memory does not grow with
 * its size. FILE_NOT_FOUND, FILE_UNREADABLE, NOT_A_FILE for anything but a regular file (a symbolic link to one is
 * followed), FILE_CHANGED when it is written to meanwhile, CANCELLED.
 */
export async function buildFile(path: string, options: BuildOptions): Promise<BuiltDag> {
  throwIfAborted(options.signal)
  const file = await statSource(resolve(path))
  const context = await BuildContext.create(options)
  const tree = new FileTree(context.outlet)
  const hashed = inOrder(
    partsOf(file, context),
    context.tasks.parallelism + 1,
    (part) => context.tasks.run(hashLeavesTask, { ...context.hashInput(), parts: [part] }, { signal: context.signal }),
    context.stop,
  )
  for await (const { item: part, result } of hashed) {
    throwIfAborted(options.signal)
    await new LeafFeed(context, result).addPart(tree, part)
    options.onProgress?.({ phase: 'Reading', doneBytes: part.offset + part.length, totalBytes: file.sizeBytes })
  }
  const root = tree.finish()
  await checkSourceUnchanged(file)
  context.outlet.source(file)
  await context.outlet.settled()
  context.fileCount = 1
  context.sizeBytes = file.sizeBytes
  return context.result(root, root.depth)
}

/** A regular file as it is now. */
async function statSource(path: string): Promise<SourceFile> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw fromErrno(error, path)
  })
  if (!found.isFile()) throw notAFile(path, found.isDirectory() ? 'a folder' : 'a device, pipe or socket')
  return { path, sizeBytes: found.size, mtimeMs: found.mtimeMs }
}

/** The parts in which a file is hashed, each a whole number of chunks but for the last. */
export function* partsOf(file: SourceFile, context: BuildContext): Generator<FilePart, void, void> {
  const most = context.keepBlocks ? KEPT_PART_BYTES : LINKED_PART_BYTES
  const share = Math.ceil(file.sizeBytes / (2 * context.tasks.parallelism))
  const { chunkSize } = context.layout
  const length = Math.max(chunkSize, Math.ceil(Math.min(most, share) / chunkSize) * chunkSize)
  let offset = 0
  do {
    yield {
      path: file.path,
      fileSize: file.sizeBytes,
      mtimeMs: file.mtimeMs,
      offset,
      length: Math.min(length, file.sizeBytes - offset),
    }
    offset += length
  } while (offset < file.sizeBytes)
}

/** Every part was compared with the first state as it was opened; this finds what came after. */
export async function checkSourceUnchanged(file: SourceFile): Promise<void> {
  const now = await stat(file.path).catch(() => null)
  if (now === null || now.size !== file.sizeBytes || now.mtimeMs !== file.mtimeMs) throw fileChanged(file.path)
}
