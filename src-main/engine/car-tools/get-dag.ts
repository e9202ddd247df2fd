import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { CarFileWriter, isIdentity } from '../car/index.ts'
import { CidSet, linksOf } from '../unixfs/index.ts'

/**
 * Writes the DAG below a root as a CAR of its own, each block once, in depth-first order. Without `root` the CAR's only
 * one. Blocks that are missing are left out, unless `strict`: then BLOCK_NOT_FOUND.
 */
export async function getDag(
  path: string,
  root: CID | null,
  outPath: string,
  options: { version: 1 | 2; strict: boolean; signal?: AbortSignal },
): Promise<{ root: CID; blockCount: number; missing: number }> {
  const blockstore = await openCarBlockstore(path)
  try {
    const [only] = blockstore.roots
    const top = root ?? (blockstore.roots.length === 1 && only !== undefined ? only : null)
    if (top === null)
      throw new EngineError('INVALID_ARGUMENT', `${path} does not have exactly one root: say which DAG is wanted.`)
    const writer = await CarFileWriter.create(outPath, { version: options.version, roots: [top] })
    try {
      const { signal } = options
      const seen = new CidSet()
      const stack: CID[] = [top]
      let blockCount = 0
      let missing = 0
      for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
        if (!seen.add(cid.bytes)) continue
        const bytes = await blockstore.get(cid, { signal }).catch((error: unknown) => {
          if (EngineError.is(error, 'BLOCK_NOT_FOUND') && !options.strict) return null
          throw error
        })
        if (bytes === null) {
          missing++
          continue
        }
        if (!isIdentity(cid)) {
          await writer.put(cid, bytes)
          blockCount++
        }
        stack.push(...linksOf(cid, bytes).reverse())
      }
      await writer.finish()
      return { root: top, blockCount, missing }
    } catch (error) {
      await writer.discard()
      throw error
    }
  } finally {
    await blockstore.close()
  }
}
