import type { CID } from 'multiformats/cid'
import type { LongWorkOptions } from '../base/index.ts'
import { type Blockstore, ReadWriteBlockstore } from '../blockstore/index.ts'
import { denseCar, exportDag, walkDag, writeBeside, writeNewFile } from '../unixfs/index.ts'
import type { ExportFormat } from './retrieval-ports.ts'

const PHASE = 'Exporting'

/**
 * Writes a DAG to `outPath`: as files, as the dense CARv1 that a deal transfers, or as a CARv2 of the same blocks. The
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
  else if (format === 'car')
    await writeBeside(outPath, overwrite, (temporary) => writeCarV1(blockstore, root, temporary, options))
  else await writeBeside(outPath, overwrite, (temporary) => writeCarV2(blockstore, root, temporary, options))
}

async function writeCarV1(
  blockstore: Blockstore,
  root: CID,
  path: string,
  { signal, onProgress }: LongWorkOptions,
): Promise<void> {
  const view = await denseCar(blockstore, root, { signal })
  let doneBytes = 0
  await writeNewFile(path, view.readRange(0, view.size, { signal }), (bytes) => {
    doneBytes += bytes
    onProgress?.({ phase: PHASE, doneBytes, totalBytes: view.size })
  })
}

/** The same blocks in the same order as the CARv1, identity CIDs included. */
async function writeCarV2(
  blockstore: Blockstore,
  root: CID,
  path: string,
  { signal, onProgress }: LongWorkOptions,
): Promise<void> {
  const store = await ReadWriteBlockstore.open(path, { roots: [root], storeIdentity: true, wholeCids: true, signal })
  try {
    for await (const { cid, bytes } of walkDag(blockstore, root, { signal })) {
      await store.put(cid, bytes, { verify: false, signal })
      onProgress?.({ phase: PHASE, doneBytes: store.payloadSize, totalBytes: null })
    }
    await store.finalize()
  } finally {
    await store.close()
  }
}
