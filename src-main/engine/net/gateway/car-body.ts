import type { CID } from 'multiformats/cid'
import { encodeCarHeader, isIdentity, sectionHead } from '../../car/index.ts'
import { CidSet, type DagBlock } from '../../unixfs/index.ts'

/** Small blocks are gathered to writes of at least this many bytes; a larger block is written as it is. */
const GATHER_BYTES = 256 * 1024
const LARGE_BLOCK_BYTES = 64 * 1024

/** A CARv1 of the blocks. Identity CIDs are left out; without `dups` so are repeats. */
export async function* carBody(
  roots: readonly CID[],
  blocks: AsyncIterable<DagBlock>,
  options: { dups: boolean },
): AsyncGenerator<Uint8Array, void, void> {
  const sent = new CidSet()
  let gathered: Uint8Array[] = [encodeCarHeader(roots)]
  let gatheredBytes = 0
  const flush = () => {
    const chunk = Buffer.concat(gathered)
    gathered = []
    gatheredBytes = 0
    return chunk
  }
  for await (const { cid, bytes } of blocks) {
    if (isIdentity(cid) || (!options.dups && !sent.add(cid.bytes))) continue
    gathered.push(sectionHead(cid, bytes.length))
    if (bytes.length >= LARGE_BLOCK_BYTES) {
      yield flush()
      yield bytes
      continue
    }
    gathered.push(bytes)
    gatheredBytes += bytes.length
    if (gatheredBytes >= GATHER_BYTES) yield flush()
  }
  if (gathered.length > 0) yield flush()
}
