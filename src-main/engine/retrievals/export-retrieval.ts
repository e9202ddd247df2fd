import type { CID } from 'multiformats/cid'
import type { LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { exportCar, exportDag } from '../unixfs/index.ts'
import type { ExportFormat } from './retrieval-ports.ts'

/**
 * Writes a DAG to `outPath`: as files, as the dense CARv1 that a deal transfers, or as a CARv2 of the same payload. The
 * path appears only when all of it is on disk. FILE_EXISTS unless `overwrite`.
 */
export async function exportRetrieval(
  blockstore: Blockstore,
  root: CID,
  to: { outPath: string; format: ExportFormat; overwrite: boolean },
  options: LongWorkOptions = {},
): Promise<void> {
  const { outPath, format, overwrite } = to
  if (format === 'files') await exportDag(blockstore, root, outPath, { ...options, overwrite })
  else await exportCar(blockstore, root, outPath, { ...options, overwrite, version: format === 'car' ? 1 : 2 })
}
