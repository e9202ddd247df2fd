import { CID } from 'multiformats/cid'
import type { TaskRunner } from '../base/index.ts'
import { BlockNaming, multihashCode } from './block-naming.ts'
import { BlockOutlet } from './block-outlet.ts'
import type { BuildOptions, BuiltDag } from './dag-sink.ts'
import type { FinishedNode } from './file-tree.ts'
import type { HashLeavesInput } from './hash-leaves.ts'
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
