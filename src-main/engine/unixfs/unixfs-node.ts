import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import { decodeDagPb, invalidNode } from './decode-node.ts'

export interface NodeLink {
  name: string
  cid: CID
}

/** A node of a UnixFS DAG, read and checked as far as one node can be. */
export type UnixfsNode =
  | FileNode
  | { type: 'directory'; links: NodeLink[] }
  | { type: 'shard'; links: NodeLink[]; fanout: number }
  | { type: 'symlink'; target: Uint8Array }

export interface FileNode {
  type: 'file'
  /** Bytes of content in the node itself, before those of its children. */
  data: Uint8Array
  children: Array<{ cid: CID; sizeBytes: number }>
  /** Bytes of content, children included. */
  sizeBytes: number
}

const NO_BYTES = new Uint8Array(0)
const MAX_FANOUT = 1024

/** UNSUPPORTED for a codec that UnixFS does not use, UNIXFS_INVALID for a dag-pb node that is not UnixFS. */
export function decodeUnixfs(cid: CID, bytes: Uint8Array): UnixfsNode {
  if (cid.code === RAW_CODEC) return { type: 'file', data: bytes, children: [], sizeBytes: bytes.length }
  if (cid.code !== DAG_PB_CODEC)
    throw new EngineError(
      'UNSUPPORTED',
      `Block ${cid} is neither a file nor a folder: its codec is 0x${cid.code.toString(16)}.`,
      {
        details: { cid: cid.toString(), codec: cid.code },
      },
    )
  const node = decodeDagPb(cid, bytes)
  const unixfs = decodeData(cid, node.Data)
  const links = () => node.Links.map((link) => ({ name: link.Name ?? '', cid: link.Hash }))
  switch (unixfs.type) {
    case 'directory':
      return { type: 'directory', links: links() }
    case 'hamt-sharded-directory':
      return { type: 'shard', links: links(), fanout: checkedFanout(cid, unixfs) }
    case 'symlink':
      return { type: 'symlink', target: unixfs.data ?? NO_BYTES }
    case 'file':
    case 'raw':
      return fileNode(cid, links(), unixfs)
    default:
      throw invalidNode(cid, `UnixFS nodes of type ${unixfs.type} have no content`)
  }
}

function decodeData(cid: CID, data: Uint8Array | undefined): UnixFS {
  if (data === undefined) throw invalidNode(cid, 'it is a dag-pb node without UnixFS data')
  try {
    return UnixFS.unmarshal(data)
  } catch (cause) {
    throw invalidNode(cid, 'its UnixFS data is damaged', cause)
  }
}

function fileNode(cid: CID, links: NodeLink[], unixfs: UnixFS): FileNode {
  if (links.length !== unixfs.blockSizes.length)
    throw invalidNode(cid, `it has ${links.length} links but states ${unixfs.blockSizes.length} sizes`)
  const data = unixfs.data ?? NO_BYTES
  const children = links.map((link, i) => ({ cid: link.cid, sizeBytes: Number(unixfs.blockSizes[i]) }))
  const sizeBytes = children.reduce((sum, child) => sum + child.sizeBytes, data.length)
  if (!Number.isSafeInteger(sizeBytes)) throw invalidNode(cid, 'it states a size that no file can have')
  return { type: 'file', data, children, sizeBytes }
}

function checkedFanout(cid: CID, unixfs: UnixFS): number {
  const fanout = Number(unixfs.fanout ?? 0)
  const isPowerOfTwo = fanout >= 8 && fanout <= MAX_FANOUT && (fanout & (fanout - 1)) === 0
  if (!isPowerOfTwo) throw invalidNode(cid, `its HAMT has a fanout of ${fanout}`)
  return fanout
}
