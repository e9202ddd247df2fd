import * as dagPb from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { linksOf } from '../unixfs/index.ts'

export interface BlockLink {
  /** '' where the format names no links. */
  name: string
  cid: CID
  /** Bytes of the DAG below, where the format tells. */
  sizeBytes: number | null
}

/** The links of a block as a person looks at them: dag-pb's with their names and sizes, others in order of appearance. */
export function blockLinks(cid: CID, bytes: Uint8Array): BlockLink[] {
  if (cid.code !== dagPb.code) return linksOf(cid, bytes).map((link) => ({ name: '', cid: link, sizeBytes: null }))
  return dagPb
    .decode(bytes)
    .Links.map((link) => ({ name: link.Name ?? '', cid: link.Hash, sizeBytes: link.Tsize ?? null }))
}
