import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EngineError, fromErrno, throwIfAborted } from '../base/index.ts'
import { DAG_PB_CODEC } from '../car/index.ts'
import { BuildContext } from './build-context.ts'
import { buildFile, checkSourceUnchanged } from './build-file.ts'
import type { BuildOptions, BuiltDag, SourceFile } from './dag-sink.ts'
import { encodeSymlink } from './encode-node.ts'
import { FileTree, type FinishedNode } from './file-tree.ts'
import { FolderEntries } from './folder-entries.ts'
import { buildFolder } from './folder-node.ts'
import { hashLeavesTask } from './hash-leaves.ts'
import type { HashSmallFilesOutput } from './hash-small-files.ts'
import { inOrder } from './in-order.ts'
import { LeafFeed } from './leaf-feed.ts'
import { type PartEvent, type ScanBatch, type ScanEvent, scanFolder } from './scan-folder.ts'

/** `buildFile` or `buildDirectory`, by what is at the path. A symbolic link at the path itself is followed. */
export async function buildPath(path: string, options: BuildOptions): Promise<BuiltDag> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw fromErrno(error, path)
  })
  return found.isDirectory() ? buildDirectory(path, options) : buildFile(path, options)
}

/**
 * Builds the UnixFS DAG of a folder: its files, hidden ones too, empty folders, and symbolic links as links. Neither
 * modes nor times go into it, so the root depends on names and content alone. Folders beyond the profile's threshold
 * become HAMTs. Errors as of `buildFile`, each naming the path; NOT_A_FILE for devices, pipes and sockets.
 */
export async function buildDirectory(path: string, options: BuildOptions): Promise<BuiltDag> {
  throwIfAborted(options.signal)
  const root = resolve(path)
  const context = await BuildContext.create(options)
  const folder = new FolderBuilding(context)
  const hash = async ({ parts }: ScanBatch) =>
    parts.length === 0
      ? null
      : context.tasks.run(hashLeavesTask, { ...context.hashInput(), parts }, { signal: context.signal })
  const ahead = context.tasks.parallelism + 1
  for await (const { item, result } of inOrder(scanFolder(root, context), ahead, hash, context.stop)) {
    throwIfAborted(options.signal)
    const parts = result === null ? null : new LeafFeed(context, result)
    for (const event of item.events) {
      const busy = folder.take(event, parts) ?? context.outlet.settled()
      if (busy !== undefined) await busy
    }
    options.onProgress?.({ phase: 'Reading', doneBytes: context.sizeBytes, totalBytes: null })
  }
  const node = folder.finish()
  await context.outlet.settled()
  return context.result(node, 0)
}

/** Puts folders together from the events of a scan. Holds the entries of the folders that are open. */
class FolderBuilding {
  readonly #context: BuildContext
  readonly #open: Array<{ name: string; entries: FolderEntries }> = [{ name: '', entries: new FolderEntries() }]
  readonly #tree: FileTree
  #small: { output: HashSmallFilesOutput; feed: LeafFeed } | null = null

  constructor(context: BuildContext) {
    this.#context = context
    this.#tree = new FileTree(context.outlet)
  }

  /** `parts` feeds the leaves of large files. Returns a promise only where there is something to wait for. */
  take(event: ScanEvent, parts: LeafFeed | null): Promise<void> | undefined {
    if (event.type === 'small') this.#takeSmall(event.name, event.file, event.output)
    else if (event.type === 'part') return this.#takePart(event, parts)
    else if (event.type === 'enter') this.#open.push({ name: event.name, entries: new FolderEntries() })
    else if (event.type === 'leave') this.#leave()
    else this.#add(event.name, this.#symlink(event.target))
    return undefined
  }

  finish(): FinishedNode {
    return buildFolder(this.#top().entries, this.#context.outlet)
  }

  #takeSmall(name: string, file: SourceFile, output: HashSmallFilesOutput): void {
    if (this.#small?.output !== output) this.#small = { output, feed: new LeafFeed(this.#context, output) }
    const leaf = this.#small.feed.next({ path: file.path, offset: 0, size: file.sizeBytes })
    this.#fileDone(name, file, leaf)
  }

  async #takePart(event: PartEvent, parts: LeafFeed | null): Promise<void> {
    await parts?.addPart(this.#tree, event.part)
    if (!event.isLast) return
    await checkSourceUnchanged(event.file)
    this.#fileDone(event.name, event.file, this.#tree.finish())
  }

  #fileDone(name: string, file: SourceFile, node: FinishedNode): void {
    this.#context.fileCount++
    this.#context.sizeBytes += file.sizeBytes
    this.#context.outlet.source(file)
    this.#add(name, node)
  }

  #leave(): void {
    const { name, entries } = this.#top()
    const node = buildFolder(entries, this.#context.outlet)
    this.#open.pop()
    this.#add(name, node)
  }

  #symlink(target: Uint8Array): FinishedNode {
    const block = encodeSymlink(target)
    return { cid: this.#context.outlet.node(DAG_PB_CODEC, block), size: 0, tsize: block.length }
  }

  #add(name: string, node: FinishedNode): void {
    this.#top().entries.add(name, node)
  }

  #top(): { name: string; entries: FolderEntries } {
    const top = this.#open.at(-1)
    if (top === undefined) throw new EngineError('INTERNAL', 'A folder ended that had not begun.')
    return top
  }
}
