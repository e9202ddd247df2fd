import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { blockCodecName, DAG_PB_CODEC } from '../car/index.ts'
import { decodeDagPb } from '../unixfs/index.ts'

/** What a block is to somebody who lists a CAR. */
export interface BlockDescription {
  codec: string
  /** Of a dag-pb block that can be read. */
  dagPb?: {
    /** `name` is null where there is none, which is not the same as an empty one. */
    links: Array<{ name: string | null; sizeBytes: number; cid: CID }>
    /** Length of the node's own data, without its links. */
    dataBytes: number
    /** `File`, `Directory`, …; null when the data is not UnixFS. */
    unixfs: string | null
  }
  /** Why a dag-pb block, or the UnixFS in it, cannot be read. */
  problem?: string
}

const UNIXFS_NAMES: Record<string, string> = {
  raw: 'Raw',
  directory: 'Directory',
  file: 'File',
  metadata: 'Metadata',
  symlink: 'Symlink',
  'hamt-sharded-directory': 'HAMTShard',
}

export function describeBlock(cid: CID, bytes: Uint8Array): BlockDescription {
  const codec = blockCodecName(cid.code)
  if (cid.code !== DAG_PB_CODEC) return { codec }
  try {
    const { Links, Data } = decodeDagPb(cid, bytes)
    const links = Links.map(({ Name, Tsize, Hash }) => ({ name: Name ?? null, sizeBytes: Tsize ?? 0, cid: Hash }))
    const [unixfs, problem] = unixfsName(Data)
    return { codec, dagPb: { links, dataBytes: Data?.length ?? 0, unixfs }, ...(problem === null ? {} : { problem }) }
  } catch (error) {
    return { codec, problem: EngineError.from(error).message }
  }
}

function unixfsName(data: Uint8Array | undefined): [name: string | null, problem: string | null] {
  if (data === undefined) return [null, 'it has no data']
  try {
    const { type } = UnixFS.unmarshal(data)
    return [UNIXFS_NAMES[type] ?? type, null]
  } catch (error) {
    return [null, error instanceof Error ? error.message : String(error)]
  }
}
