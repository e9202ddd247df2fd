import { resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Blockstore } from '../blockstore/index.ts'
import { CarFileWriter } from '../car/index.ts'
import { CidSet } from './cid-set.ts'
import { readBlock } from './directory-walk.ts'
import type { ExportOptions } from './export-dag.ts'
import { refuseExisting } from './export-target.ts'
import { walkDag } from './walk-dag.ts'

export interface ExportBlocksOptions extends ExportOptions {
  /** 1: what a deal transfers. 2: the same payload in a container with an index. Default 1. */
  version?: 1 | 2
}

export interface ExportCarOptions extends ExportBlocksOptions {
  /**
   * The nodes on a path to `root`, topmost first: they go before the DAG and the first becomes the CAR's root, so that
   * the CAR proves what is at the path.
   */
  above?: readonly CID[]
}

export interface ExportedCar {
  path: string
  carSize: number
  blockCount: number
}

interface Block {
  cid: CID
  bytes: Uint8Array
}

/**
 * Writes the DAG under `root` as a dense CAR, whose CARv1 part is byte for byte that of `denseCar`. The file appears
 * only when it is whole. FILE_EXISTS, DAG_INCOMPLETE, NO_SPACE, CANCELLED.
 */
export function exportCar(
  blockstore: Blockstore,
  root: CID,
  outPath: string,
  options: ExportCarOptions = {},
): Promise<ExportedCar> {
  const { above = [], signal } = options
  return exportBlocks(above[0] ?? root, denseBlocks(blockstore, root, above, signal), outPath, options)
}

/** Writes blocks as a CAR, in the order in which they come. The rest as of `exportCar`. */
export async function exportBlocks(
  root: CID,
  blocks: AsyncIterable<Block>,
  outPath: string,
  options: ExportBlocksOptions = {},
): Promise<ExportedCar> {
  const path = resolve(outPath)
  const { version = 1, overwrite = false, onProgress } = options
  await refuseExisting(path, overwrite)
  const writer = await CarFileWriter.create(path, { version, roots: [root] })
  try {
    let doneBytes = 0
    for await (const { cid, bytes } of blocks) {
      await writer.put(cid, bytes)
      doneBytes += bytes.length
      onProgress?.({ phase: 'Writing', doneBytes, totalBytes: null })
    }
    await refuseExisting(path, overwrite) // it may have appeared meanwhile
    const { fileSize } = await writer.finish()
    return { path, carSize: fileSize, blockCount: writer.blockCount }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function* denseBlocks(
  blockstore: Blockstore,
  root: CID,
  above: readonly CID[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Block, void, void> {
  const passed = new CidSet()
  for (const cid of above)
    if (passed.add(cid.bytes)) yield { cid, bytes: await readBlock(blockstore, cid, cid, { signal }) }
  for await (const block of walkDag(blockstore, root, { signal }))
    if (passed.size === 0 || !passed.has(block.cid.bytes)) yield block
}
