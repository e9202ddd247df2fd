import type { CID } from 'multiformats/cid'
import { type Blockstore, openCarBlockstore } from '../blockstore/index.ts'
import { RAW_CODEC } from '../car/index.ts'
import { listEntries } from '../unixfs/index.ts'

export interface ListedEntry {
  /** From the root, slash-separated. */
  path: string
  cid: CID
}

/** Every name below the roots of a CAR, folders before what is in them. */
export async function* listUnixfs(path: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<ListedEntry> {
  const blockstore = await openCarBlockstore(path)
  try {
    for (const root of blockstore.roots) if (root.code !== RAW_CODEC) yield* listBelow(blockstore, root, '', options)
  } finally {
    await blockstore.close()
  }
}

async function* listBelow(
  blockstore: Blockstore,
  folder: CID,
  prefix: string,
  options: { signal?: AbortSignal },
): AsyncGenerator<ListedEntry> {
  let after: string | null = null
  do {
    const page = await listEntries(blockstore, folder, { ...options, after })
    for (const { name, cid, type } of page.entries) {
      const path = prefix === '' ? name : `${prefix}/${name}`
      yield { path, cid }
      if (type === 'directory') yield* listBelow(blockstore, cid, path, options)
    }
    after = page.next
  } while (after !== null)
}
