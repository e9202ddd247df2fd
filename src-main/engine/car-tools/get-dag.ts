import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { type Blockstore, openCarBlockstore } from '../blockstore/index.ts'
import { CarFileWriter, isIdentity } from '../car/index.ts'
import { type SelectedBlock, type Selector, selectBlocks } from '../selector/index.ts'
import { CidSet, linksOf } from '../unixfs/index.ts'

export interface GetDagOptions {
  /** Of the CAR written. */
  version: 1 | 2
  /** Fail with BLOCK_NOT_FOUND when a block is missing, instead of leaving it out. A missing root always fails. */
  strict: boolean
  /** Only what it reads. Default everything below the root. */
  selector?: Selector
  signal?: AbortSignal
}

/**
 * Writes the DAG below a root, or the part that a selector describes, as a CAR of its own: each block once, in
 * depth-first order. Without `root` the CAR's only one.
 */
export async function getDag(
  path: string,
  root: CID | null,
  outPath: string,
  options: GetDagOptions,
): Promise<{ root: CID; blockCount: number; missing: number }> {
  const blockstore = await openCarBlockstore(path)
  try {
    const [only] = blockstore.roots
    const top = root ?? (blockstore.roots.length === 1 && only !== undefined ? only : null)
    if (top === null)
      throw new EngineError('INVALID_ARGUMENT', `${path} does not have exactly one root: say which DAG is wanted.`, {
        details: { goCar: 'car file has does not have exactly one root, dag root must be specified explicitly' },
      })
    await blockstore.get(top, options)
    const { selector, signal, strict } = options
    const selected =
      selector === undefined ? wholeDag(blockstore, top, signal) : selectBlocks(blockstore, top, selector, { signal })
    const writer = await CarFileWriter.create(outPath, { version: options.version, roots: [top] })
    try {
      let blockCount = 0
      let missing = 0
      for await (const { cid, bytes } of selected) {
        if (bytes === null) {
          if (strict) await blockstore.get(cid, { signal }) // says what is missing
          missing++
        } else if (!isIdentity(cid)) {
          await writer.put(cid, bytes)
          blockCount++
        }
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

async function* wholeDag(
  blockstore: Blockstore,
  root: CID,
  signal: AbortSignal | undefined,
): AsyncGenerator<SelectedBlock, void, void> {
  const seen = new CidSet()
  const stack: CID[] = [root]
  for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
    if (!seen.add(cid.bytes)) continue
    const bytes = await blockstore.get(cid, { signal }).catch((error: unknown) => {
      if (EngineError.is(error, 'BLOCK_NOT_FOUND')) return null
      throw error
    })
    yield { cid, bytes }
    if (bytes !== null) stack.push(...linksOf(cid, bytes).reverse())
  }
}
