import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { type Blockstore, openCarBlockstore } from '../blockstore/index.ts'
import { DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import { decodeUnixfs, directoryLinks } from '../unixfs/index.ts'

export interface ListedEntry {
  /** From the root, slash-separated. */
  path: string
  cid: CID
}

export interface ListUnixfsOptions {
  /** What could not be looked into because blocks are missing, as a line for the log. */
  onSkipped?(line: string): void
  signal?: AbortSignal
}

/**
 * Every name below the roots of a CAR, folders before what is in them, in stored order. A file or folder whose block is
 * missing still has its name; what is in a missing folder or shard is passed over and told.
 */
export async function* listUnixfs(path: string, options: ListUnixfsOptions = {}): AsyncGenerator<ListedEntry> {
  const blockstore = await openCarBlockstore(path)
  try {
    for (const root of blockstore.roots) yield* listBelow(blockstore, root, '', options)
  } finally {
    await blockstore.close()
  }
}

async function* listBelow(
  blockstore: Blockstore,
  cid: CID,
  path: string,
  options: ListUnixfsOptions,
): AsyncGenerator<ListedEntry> {
  if (cid.code === RAW_CODEC || (path !== '' && cid.code !== DAG_PB_CODEC)) return
  const { signal, onSkipped } = options
  const bytes = await blockstore.get(cid, { signal }).catch((error: unknown) => {
    if (path === '' || !EngineError.is(error, 'BLOCK_NOT_FOUND')) throw error
    onSkipped?.(`data for entry not found: /${path} (skipping...)`)
    return null
  })
  if (bytes === null) return
  let missingShards = 0
  const onMissingShard = () => void missingShards++
  const node = decodeUnixfs(cid, bytes)
  for await (const link of directoryLinks(blockstore, cid, node, { signal, onMissingShard })) {
    const below = path === '' ? link.name : `${path}/${link.name}`
    yield { path: below, cid: link.cid }
    yield* listBelow(blockstore, link.cid, below, options)
  }
  if (missingShards > 0)
    onSkipped?.(`data for entry not found for ${missingShards} unknown sharded entries (skipped...)`)
}
