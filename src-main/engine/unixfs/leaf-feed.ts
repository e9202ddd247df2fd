import { DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import { DIGEST_BYTES } from './block-naming.ts'
import type { BuildContext } from './build-context.ts'
import type { LeafPosition } from './dag-sink.ts'
import type { FileTree, FinishedNode } from './file-tree.ts'
import type { HashLeavesOutput } from './hash-leaves.ts'

/** Takes hashed leaves, part after part, into the trees of their files. */
export class LeafFeed {
  readonly #context: BuildContext
  readonly #output: HashLeavesOutput
  #leaf = 0
  #inlinedAt = 0
  #blockAt = 0

  constructor(context: BuildContext, output: HashLeavesOutput) {
    this.#context = context
    this.#output = output
  }

  /** Adds the leaves of the next part. */
  async addPart(tree: FileTree, part: { path: string; offset: number; length: number }): Promise<void> {
    const { layout, outlet } = this.#context
    const count = layout.leafCount(part.length)
    for (let index = 0; index < count; index++) {
      const size = layout.contentSize(part.length, index)
      tree.addLeaf(this.next({ path: part.path, offset: part.offset + index * layout.chunkSize, size }))
      const busy = outlet.settled()
      if (busy !== undefined) await busy
    }
  }

  /** Names the next leaf and hands it to the sink. */
  next(at: LeafPosition): FinishedNode {
    const { layout, naming, outlet, rules } = this.#context
    const codec = rules.rawLeaves ? RAW_CODEC : DAG_PB_CODEC
    const length = layout.blockLength(at.size)
    const block = this.#nextBlock(length)
    const cid = naming.isInlined(length)
      ? naming.ofBlock(codec, this.#nextInlined())
      : naming.fromDigest(
          codec,
          this.#output.digests.subarray(this.#leaf * DIGEST_BYTES, (this.#leaf + 1) * DIGEST_BYTES),
        )
    if (rules.rawLeaves) outlet.leaf(cid, block, at)
    else if (block !== null) outlet.namedNode(cid, block)
    else outlet.countNode(cid, length)
    this.#leaf++
    return { cid, size: at.size, tsize: length }
  }

  #nextBlock(length: number): Uint8Array | null {
    if (this.#output.blocks === null) return null
    this.#blockAt += length
    return this.#output.blocks.subarray(this.#blockAt - length, this.#blockAt)
  }

  #nextInlined(): Uint8Array {
    return this.#output.inlined[this.#inlinedAt++] ?? new Uint8Array(0)
  }
}
