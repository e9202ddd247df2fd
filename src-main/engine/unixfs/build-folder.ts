import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EngineError, fromErrno, throwIfAborted } from '../base/index.ts'
import { DAG_PB_CODEC } from '../car/index.ts'
import { BuildContext, LeafFeed } from './build-context.ts'
import { buildFile } from './build-file.ts'
import type { BuildOptions, BuiltDag } from './dag-sink.ts'
import { encodeSymlink } from './encode-node.ts'
import { FileTree, type FinishedNode } from './file-tree.ts'
import { buildFolder, FolderEntries } from './folder-node.ts'
import { hashLeavesTask } from './hash-leaves.ts'
import { inOrder } from './in-order.ts'
import { type ScanBatch, type ScanEvent, scanFolder } from './scan-folder.ts'

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
  const hash = ({ parts }: ScanBatch) =>
    context.tasks.run(hashLeavesTask, { ...context.hashInput(), parts }, { signal: context.signal })
  for await (const { item, result } of inOrder(
    scanFolder(root, context),
    context.tasks.parallelism + 1,
    hash,
    context.stop,
  )) {
    throwIfAborted(options.signal)
    const feed = new LeafFeed(context, result)
    for (const event of item.events) await folder.take(event, feed)
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
  #tree: FileTree | null = null

  constructor(context: BuildContext) {
    this.#context = context
  }

  async take(event: ScanEvent, feed: LeafFeed): Promise<void> {
    if (event.type === 'part') await this.#takePart(event, feed)
    else if (event.type === 'enter') this.#open.push({ name: event.name, entries: new FolderEntries() })
    else if (event.type === 'leave') this.#leave()
    else this.#add(event.name, this.#symlink(event.target))
    const busy = this.#context.outlet.settled()
    if (busy !== undefined) await busy
  }

  finish(): FinishedNode {
    return buildFolder(this.#top().entries, this.#context.outlet)
  }

  async #takePart(event: Extract<ScanEvent, { type: 'part' }>, feed: LeafFeed): Promise<void> {
    const { outlet } = this.#context
    this.#tree ??= new FileTree(outlet)
    await feed.addPart(this.#tree, event.part)
    this.#context.sizeBytes += event.part.length
    if (!event.isLast) return
    this.#context.fileCount++
    outlet.source(event.file)
    this.#add(event.name, this.#tree.finish())
    this.#tree = null
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
