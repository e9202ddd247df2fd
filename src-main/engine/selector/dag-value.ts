import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { DAG_PB_CODEC, RAW_CODEC } from '../car/index.ts'
import {
  childValue,
  decodeDagPb,
  decodeUnixfs,
  decodeValue,
  directoryLinks,
  type FileNode,
  findLink,
  type UnixfsNode,
} from '../unixfs/index.ts'

/** A dag-pb node: a map of `Links` and `Data` as the schema of dag-pb has it, until it is taken for UnixFS. */
class DagPbNode {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly fields: ReadonlyMap<string, unknown>
  readonly namedLinks: ReadonlyMap<string, CID>

  constructor(cid: CID, bytes: Uint8Array) {
    this.cid = cid
    this.bytes = bytes
    const { Links, Data } = decodeDagPb(cid, bytes)
    this.fields = new Map<string, unknown>([
      ['Links', Links],
      ...(Data === undefined ? [] : ([['Data', Data]] as const)),
    ])
    this.namedLinks = new Map(Links.map(({ Name, Hash }) => [Name ?? '', Hash]))
  }
}

/** A folder taken for UnixFS: a map of names, whose shards are read as they are come to. */
class UnixfsFolder {
  readonly cid: CID
  readonly node: UnixfsNode

  constructor(cid: CID, node: UnixfsNode) {
    this.cid = cid
    this.node = node
  }
}

/** A file taken for UnixFS: bytes, which are read only if they match. */
export class UnixfsFile {
  readonly cid: CID
  readonly sizeBytes: number

  constructor(cid: CID, { sizeBytes }: FileNode) {
    this.cid = cid
    this.sizeBytes = sizeBytes
  }
}

/** What a block holds. */
export function blockValueOf(cid: CID, bytes: Uint8Array): unknown {
  if (cid.code === RAW_CODEC) return bytes
  return cid.code === DAG_PB_CODEC ? new DagPbNode(cid, bytes) : decodeValue(cid, bytes)
}

/** A dag-pb node as the folder or file it stands for; one that is not UnixFS as the map of its named links. */
export function asUnixfs(value: unknown): unknown {
  if (!(value instanceof DagPbNode)) return value
  try {
    const node = decodeUnixfs(value.cid, value.bytes)
    if (node.type === 'file') return new UnixfsFile(value.cid, node)
    if (node.type !== 'symlink') return new UnixfsFolder(value.cid, node)
  } catch (error) {
    if (!EngineError.is(error, 'UNIXFS_INVALID')) throw error
  }
  return value.namedLinks
}

/** Length of a list; null for anything else. */
export function lengthOf(value: unknown): number | null {
  return Array.isArray(value) ? value.length : null
}

export function hasChildren(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && CID.asCID(value) === null
}

export interface Children {
  blockstore: Blockstore
  signal?: AbortSignal
}

/** Every child with its name, in the order of the data. A missing shard is left out. */
export async function* childrenOf(value: unknown, { blockstore, signal }: Children): AsyncGenerator<[string, unknown]> {
  if (value instanceof UnixfsFolder) {
    const links = directoryLinks(blockstore, value.cid, value.node, { signal, onMissingShard: () => {} })
    for await (const { name, cid } of links) yield [name, cid]
  } else if (value instanceof DagPbNode) yield* value.fields
  else if (value instanceof Map) yield* value as Map<string, unknown>
  else if (hasChildren(value) && !(value instanceof UnixfsFile)) yield* Object.entries(value as object)
}

/** One child; undefined where there is none. */
export async function childOf(value: unknown, name: string, { blockstore, signal }: Children): Promise<unknown> {
  if (value instanceof DagPbNode) return value.fields.get(name)
  if (!(value instanceof UnixfsFolder)) return childValue(value, name)
  try {
    const { link } = await findLink(blockstore, value.cid, value.node, name, { signal })
    return link?.cid
  } catch (error) {
    if (EngineError.is(error, 'DAG_INCOMPLETE')) return undefined
    throw error
  }
}
