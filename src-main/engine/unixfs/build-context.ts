import { CID } from 'multiformats/cid'
import type { TaskRunner } from '../base/index.ts'
import { DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import { BlockNaming, DIGEST_BYTES, multihashCode } from './block-naming.ts'
import { BlockOutlet } from './block-outlet.ts'
import type { BuildOptions, BuiltDag, LeafPosition } from './dag-sink.ts'
import type { FileTree, FinishedNode } from './file-tree.ts'
import type { HashLeavesInput, HashLeavesOutput } from './hash-leaves.ts'
import { LeafLayout } from './leaf-layout.ts'
import { PROFILES, type ProfileRules } from './profiles.ts'

/** What the builders of files, streams and folders share while one DAG is built. */
export class BuildContext {
  readonly rules: ProfileRules
  readonly naming: BlockNaming
  readonly outlet: BlockOutlet
  readonly layout: LeafLayout
  readonly tasks: TaskRunner
  /** Whether the hashing threads give the blocks back. */
  readonly keepBlocks: boolean
  /** Aborted when the caller cancels and when the work fails, so that no thread goes on for nothing. */
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  fileCount = 0
  sizeBytes = 0

  private constructor(options: BuildOptions, naming: BlockNaming) {
    this.rules = naming.rules
    this.naming = naming
    this.outlet = new BlockOutlet(naming, options.sink)
    this.layout = new LeafLayout(this.rules.chunkSizeBytes, this.rules.rawLeaves)
    this.tasks = options.tasks
    this.keepBlocks = options.sink !== undefined && (options.sink.leafBytes || !this.rules.rawLeaves)
    this.signal =
      options.signal === undefined
        ? this.#controller.signal
        : AbortSignal.any([options.signal, this.#controller.signal])
  }

  static async create(options: BuildOptions): Promise<BuildContext> {
    return new BuildContext(options, await BlockNaming.load(PROFILES[options.profile]))
  }

  readonly stop = (): void => this.#controller.abort()

  hashInput(): Omit<HashLeavesInput, 'parts'> {
    return {
      chunkSize: this.rules.chunkSizeBytes,
      rawLeaves: this.rules.rawLeaves,
      multihashCode: multihashCode(this.rules),
      keepBlocks: this.keepBlocks,
      inlineLimit: this.rules.inlineLimitBytes ?? -1,
    }
  }

  result(root: FinishedNode, depth: number): BuiltDag {
    const { outlet } = this
    return {
      root: CID.decode(root.cid),
      sizeBytes: this.sizeBytes,
      blockCount: outlet.blockCount,
      dagSizeBytes: outlet.dagSizeBytes,
      storedBlockCount: outlet.storedBlockCount,
      storedBytes: outlet.storedBytes,
      fileCount: this.fileCount,
      depth,
    }
  }
}

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
