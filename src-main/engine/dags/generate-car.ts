import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import type { LongWorkOptions, TaskRunner } from '../base/index.ts'
import { openReferenceBlockstore, ReferenceCarWriter } from '../blockstore/index.ts'
import { buildPath, type ExportedCar, exportCar } from '../unixfs/index.ts'

export interface GenerateCarOptions extends LongWorkOptions {
  profile: UnixfsProfile
  /** Replace what is at the path. Default: refuse. */
  overwrite?: boolean
}

export type GeneratedCar = ExportedCar & { root: CID }

/**
 * Writes the CARv1 that a deal on a file or folder would transfer, without importing it: the DAG is built as a linked
 * import in a temporary folder, then written out densely. FILE_EXISTS.
 */
export async function generateCar(
  path: string,
  outPath: string,
  tasks: TaskRunner,
  options: GenerateCarOptions,
): Promise<GeneratedCar> {
  const { overwrite, signal, onProgress } = options
  const folder = await mkdtemp(join(tmpdir(), 'carport-car-'))
  try {
    const linked = join(folder, 'linked.car')
    const root = await link(path, linked, tasks, options)
    const blockstore = await openReferenceBlockstore(linked)
    try {
      return { root, ...(await exportCar(blockstore, root, outPath, { overwrite, signal, onProgress })) }
    } finally {
      await blockstore.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function link(path: string, carPath: string, tasks: TaskRunner, options: GenerateCarOptions): Promise<CID> {
  const writer = await ReferenceCarWriter.create(carPath)
  try {
    const sink = {
      leafBytes: false,
      leaf: (cid: CID, _bytes: Uint8Array | null, at: { path: string; offset: number; size: number }) =>
        writer.reference(cid, at),
      node: (cid: CID, bytes: Uint8Array) => writer.node(cid, bytes),
    }
    const { root } = await buildPath(path, { ...options, tasks, sink })
    await writer.finish(root)
    return root
  } catch (error) {
    await writer.discard()
    throw error
  }
}
