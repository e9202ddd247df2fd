import type { Task } from '../base/index.ts'
import { computeDigest } from '../car/index.ts'
import { DIGEST_BYTES } from './block-naming.ts'
import type { HashLeavesInput, HashLeavesOutput } from './hash-leaves.ts'
import { LeafLayout } from './leaf-layout.ts'

export interface HashBlocksInput extends Omit<HashLeavesInput, 'parts'> {
  /** Content at its places in the blocks (LeafLayout); moved to the thread and back. */
  blocks: Uint8Array
  /** Bytes of content. */
  length: number
}

/** Hashes leaves whose content has arrived already, as from a stream. */
export const hashBlocksTask: Task<HashBlocksInput, HashLeavesOutput> = {
  name: 'unixfs.hashBlocks',
  run: hashBlocks,
  transferOutput: ({ digests, blocks }) =>
    (blocks === null ? [digests] : [digests, blocks]).map((bytes) => bytes.buffer as ArrayBuffer),
}

async function hashBlocks(input: HashBlocksInput): Promise<HashLeavesOutput> {
  await computeDigest(input.multihashCode, new Uint8Array(0))
  const layout = new LeafLayout(input.chunkSize, input.rawLeaves)
  const leaves = layout.leafCount(input.length)
  const digests = new Uint8Array(leaves * DIGEST_BYTES)
  const inlined: Uint8Array[] = []
  for (let index = 0; index < leaves; index++) {
    const block = layout.seal(input.blocks, input.length, index)
    if (block.length <= input.inlineLimit) inlined.push(block.slice())
    else digests.set(computeDigest(input.multihashCode, block) as Uint8Array, index * DIGEST_BYTES)
  }
  return { digests, blocks: input.keepBlocks ? input.blocks : null, inlined }
}
