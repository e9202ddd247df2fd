import type { CID } from 'multiformats/cid'
import { throwIfAborted } from '../../base/index.ts'
import type { DagSource, WritableBlockstore } from '../../blockstore/index.ts'
import { isIdentity } from '../../car/index.ts'
import { walkDag } from '../../unixfs/index.ts'
import { notHere } from './filled-on-read.ts'

/** Copies the DAG below a root from what this machine holds. Each block is checked as it is read. */
export async function copyDag(copy: {
  root: CID
  /** Where below the root to begin. Default: at the root. */
  top?: CID
  dags: DagSource
  store: WritableBlockstore
  signal: AbortSignal
  onBlock(cid: CID, bytes: Uint8Array): void
}): Promise<void> {
  const { root, top = root, dags, store, signal } = copy
  const dag = await dags.open(root, { signal })
  if (dag === null) throw notHere(root)
  try {
    for await (const { cid, bytes } of walkDag(dag.blockstore, top, { signal })) {
      throwIfAborted(signal)
      if (isIdentity(cid) || (await store.has(cid))) continue
      await store.put(cid, bytes, { verify: false })
      copy.onBlock(cid, bytes)
    }
  } finally {
    await dag.release()
  }
}
