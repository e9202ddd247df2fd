import type { CID } from 'multiformats/cid'
import type { LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { exportCar, exportDag, resolvePath } from '../unixfs/index.ts'
import type { ExportTo } from './retrieval-ports.ts'

/**
 * Writes what is at `selector` below `root` (null: the root itself) where it is wanted; it appears there only when it is
 * whole. A CAR is always made by walking, so that its bytes are those of the dense CARv1 a deal transfers.
 */
export async function exportRetrieval(
  blockstore: Blockstore,
  { root, selector }: { root: CID; selector: string | null },
  to: ExportTo,
  options: LongWorkOptions = {},
): Promise<void> {
  const { outPath, format, overwrite, proof = false } = to
  const { signal } = options
  const part = selector === null ? null : await resolvePath(blockstore, root, selector, { signal, dataModel: true })
  const top = part?.cid ?? root
  const above = proof ? part?.proof.slice(0, -1) : undefined
  if (format === 'files') await exportDag(blockstore, top, outPath, { ...options, overwrite })
  else await exportCar(blockstore, top, outPath, { ...options, overwrite, above, version: format === 'car' ? 1 : 2 })
}
