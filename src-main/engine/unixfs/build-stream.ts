import { throwIfAborted } from '../base/index.ts'
import { BuildContext } from './build-context.ts'
import type { BuildOptions, BuiltDag } from './dag-sink.ts'
import { FileTree } from './file-tree.ts'
import { type HashBlocksInput, hashBlocksTask } from './hash-blocks.ts'
import { inOrder } from './in-order.ts'
import { LeafFeed } from './leaf-feed.ts'
import type { LeafLayout } from './leaf-layout.ts'

const GROUP_BYTES = 4 * 1024 * 1024

/** Content of a few leaves, at its places in their blocks. */
interface Group {
  blocks: Uint8Array
  offset: number
  length: number
}

/**
 * Builds the UnixFS DAG of bytes that arrive once, in pieces of any size. The source is read no faster than its blocks
 * are hashed and taken by the sink. What the source throws is thrown on.
 */
export async function buildStream(source: AsyncIterable<Uint8Array>, options: BuildOptions): Promise<BuiltDag> {
  throwIfAborted(options.signal)
  const context = await BuildContext.create(options)
  const tree = new FileTree(context.outlet)
  const hash = ({ blocks, length }: Group) => {
    const input: HashBlocksInput = { ...context.hashInput(), blocks, length }
    const transfer = [blocks.buffer as ArrayBuffer]
    return context.tasks.run(hashBlocksTask, input, { signal: context.signal, transfer })
  }
  const groups = groupsOf(source, context.layout, options.signal)
  for await (const { item, result } of inOrder(groups, context.tasks.parallelism + 1, hash, context.stop)) {
    throwIfAborted(options.signal)
    await new LeafFeed(context, result).addPart(tree, { path: '', offset: item.offset, length: item.length })
    context.sizeBytes = item.offset + item.length
    options.onProgress?.({ phase: 'Receiving', doneBytes: context.sizeBytes, totalBytes: null })
  }
  const root = tree.finish()
  await context.outlet.settled()
  context.fileCount = 1
  return context.result(root, root.depth)
}

/** Every group but the last is a whole number of chunks; an empty source gives one empty group. */
async function* groupsOf(
  source: AsyncIterable<Uint8Array>,
  layout: LeafLayout,
  signal: AbortSignal | undefined,
): AsyncGenerator<Group, void, void> {
  const filler = new GroupFiller(layout)
  for await (const piece of source) {
    throwIfAborted(signal)
    for (let taken = 0; taken < piece.length; ) {
      taken += filler.fill(piece.subarray(taken))
      if (filler.isFull) yield filler.take()
    }
  }
  if (filler.length > 0 || filler.offset === 0) yield filler.take()
}

class GroupFiller {
  readonly #layout: LeafLayout
  readonly #capacity: number
  #blocks: Uint8Array
  offset = 0
  length = 0

  constructor(layout: LeafLayout) {
    this.#layout = layout
    this.#capacity = Math.max(1, Math.floor(GROUP_BYTES / layout.chunkSize)) * layout.chunkSize
    this.#blocks = new Uint8Array(layout.totalLength(this.#capacity))
  }

  get isFull(): boolean {
    return this.length === this.#capacity
  }

  /** Copies what fits into the current leaf; returns how much that was. */
  fill(piece: Uint8Array): number {
    const { chunkSize } = this.#layout
    const index = Math.floor(this.length / chunkSize)
    const within = this.length % chunkSize
    const part = piece.subarray(0, chunkSize - within)
    this.#blocks.set(part, this.#layout.blockStart(index) + this.#layout.frame(chunkSize).head.length + within)
    this.length += part.length
    return part.length
  }

  take(): Group {
    const { length, offset } = this
    this.#moveLastContent()
    const group = { blocks: this.#blocks, offset, length }
    this.#blocks = new Uint8Array(this.#layout.totalLength(this.#capacity))
    this.offset += length
    this.length = 0
    return group
  }

  /** The head of a short last leaf may be shorter than that of a full one: its content moves up to it. */
  #moveLastContent(): void {
    const layout = this.#layout
    const index = layout.leafCount(this.length) - 1
    const size = layout.contentSize(this.length, index)
    const start = layout.blockStart(index)
    const full = layout.frame(layout.chunkSize).head.length
    const own = layout.frame(size).head.length
    if (own !== full) this.#blocks.copyWithin(start + own, start + full, start + full + size)
  }
}
