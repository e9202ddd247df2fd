import type { CID } from 'multiformats/cid'
import { encodeCarHeader, isIdentity, sectionHead } from '../../car/index.ts'
import { CidSet, type DagBlock } from '../../unixfs/index.ts'

/** Small blocks are gathered to writes of at least this many bytes; a larger block is written as it is. */
const GATHER_BYTES = 256 * 1024
const LARGE_BLOCK_BYTES = 64 * 1024

/**
 * A CARv1 of the blocks. Identity CIDs are left out; without `dups` so are repeats. When the walk fails, the blocks
 * before are still given.
 */
export async function* carBody(
  roots: readonly CID[],
  blocks: AsyncIterable<DagBlock>,
  options: { dups: boolean },
): AsyncGenerator<Uint8Array, void, void> {
  const sent = new CidSet()
  const gather = new Gather(encodeCarHeader(roots))
  let failure: unknown
  try {
    for await (const { cid, bytes } of blocks) {
      if (isIdentity(cid) || (!options.dups && !sent.add(cid.bytes))) continue
      gather.add(sectionHead(cid, bytes.length))
      if (bytes.length >= LARGE_BLOCK_BYTES) {
        yield gather.take()
        yield bytes
        continue
      }
      gather.add(bytes)
      if (gather.length >= GATHER_BYTES) yield gather.take()
    }
  } catch (error) {
    failure = error
  }
  if (gather.length > 0) yield gather.take()
  if (failure !== undefined) throw failure
}

class Gather {
  #parts: Uint8Array[]
  length: number

  constructor(first: Uint8Array) {
    this.#parts = [first]
    this.length = first.length
  }

  add(part: Uint8Array): void {
    this.#parts.push(part)
    this.length += part.length
  }

  take(): Uint8Array {
    const chunk = Buffer.concat(this.#parts, this.length)
    this.#parts = []
    this.length = 0
    return chunk
  }
}
