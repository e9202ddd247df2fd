import type { CID } from 'multiformats/cid'
import { EngineError, type LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { type Selector, selectBlocks } from '../selector/index.ts'
import { exportBlocks, exportCar, exportDag, resolvePath } from '../unixfs/index.ts'
import type { ExportTo } from './retrieval-ports.ts'
import { selectorOf } from './selector.ts'

/**
 * Writes the part of a DAG (a path or a selector; null: all of it) where it is wanted; it appears there only when it is
 * whole. A CAR is always made by walking, so that its bytes are those of the dense CARv1 a deal transfers; of a selector it
 * has the blocks that the selector reads, under the root of the whole.
 */
export async function exportRetrieval(
  blockstore: Blockstore,
  { root, part }: { root: CID; part: string | null },
  to: ExportTo,
  options: LongWorkOptions = {},
): Promise<void> {
  const { outPath, format, overwrite, proof = false } = to
  const { signal } = options
  const version = format === 'car' ? 1 : 2
  const selector = selectorOf(part)
  if (selector !== null) {
    await exportBlocks(root, selectedBlocks(blockstore, root, selector, signal), outPath, {
      ...{ ...options, overwrite, version },
    })
    return
  }
  const found = part === null ? null : await resolvePath(blockstore, root, part, { signal, dataModel: true })
  const top = found?.cid ?? root
  const above = proof ? found?.proof.slice(0, -1) : undefined
  if (format === 'files') await exportDag(blockstore, top, outPath, { ...options, overwrite })
  else await exportCar(blockstore, top, outPath, { ...options, overwrite, above, version })
}

/** The blocks that a selector reads. BLOCK_NOT_FOUND when one of them is missing. */
export async function* selectedBlocks(
  blockstore: Blockstore,
  root: CID,
  selector: Selector,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ cid: CID; bytes: Uint8Array }, void, void> {
  for await (const { cid, bytes } of selectBlocks(blockstore, root, selector, { signal })) {
    if (bytes === null)
      throw new EngineError('BLOCK_NOT_FOUND', `Block ${cid} is missing, which the selector reads.`, {
        details: { cid: cid.toString() },
      })
    yield { cid, bytes }
  }
}
