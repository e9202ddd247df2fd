import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { isIdentity } from '../car/index.ts'
import { invalidNode } from './decode-node.ts'
import { HAMT_HASH_BITS, hamtHash, hamtPrefixLength, hamtSlot } from './hamt-hash.ts'
import { incomplete } from './traverse.ts'
import { decodeUnixfs, type NodeLink, type UnixfsNode } from './unixfs-node.ts'

export interface ReadOptions {
  signal?: AbortSignal
}

export interface LinkOptions extends ReadOptions {
  /** Start behind this name. */
  after?: string | null
  /** Told of each part of a HAMT folder that is not here; the entries in it are left out. Without it, DAG_INCOMPLETE. */
  onMissingShard?(cid: CID): void
}

/** Reads and decodes one node below `root`. */
export async function readNode(
  blockstore: Blockstore,
  root: CID,
  cid: CID,
  options: ReadOptions,
): Promise<{ node: UnixfsNode; bytes: Uint8Array }> {
  throwIfAborted(options.signal)
  const bytes = await readBlock(blockstore, root, cid, options)
  return { node: decodeUnixfs(cid, bytes), bytes }
}

export async function readBlock(
  blockstore: Blockstore,
  root: CID,
  cid: CID,
  options: ReadOptions,
): Promise<Uint8Array> {
  if (isIdentity(cid)) return cid.multihash.digest
  return blockstore.get(cid, { signal: options.signal }).catch((error: unknown) => {
    throw incomplete(error, root, cid)
  })
}

/**
 * The entries of a folder, plain or HAMT, in the order in which they are stored: by name, or by the hash of the name.
 * With `after` those behind that name, without reading the shards before it.
 */
export async function* directoryLinks(
  blockstore: Blockstore,
  cid: CID,
  node: UnixfsNode,
  options: LinkOptions,
): AsyncGenerator<NodeLink, void, void> {
  const after = options.after ?? null
  if (node.type === 'directory') {
    const from = after === null ? 0 : node.links.findIndex((link) => link.name === after) + 1
    yield* node.links.slice(from)
  } else if (node.type === 'shard') {
    const hash = after === null ? null : hamtHash(after)
    yield* shardLinks({ blockstore, root: cid, options }, cid, node, 0, hash === null ? null : { name: after, hash })
  }
}

/** One entry of a folder by name; null where there is none. Also the shards passed on the way. */
export async function findLink(
  blockstore: Blockstore,
  cid: CID,
  node: UnixfsNode,
  name: string,
  options: ReadOptions,
): Promise<{ link: NodeLink | null; shards: CID[] }> {
  if (node.type !== 'shard')
    return {
      link: node.type === 'directory' ? (node.links.find((link) => link.name === name) ?? null) : null,
      shards: [],
    }
  const hash = hamtHash(name)
  const shards: CID[] = []
  let shard = node
  let at = cid
  for (let level = 0; ; level++) {
    const prefix = slotPrefix(at, shard.fanout, hash, level)
    const link = shard.links.find((candidate) => candidate.name === prefix + name)
    if (link !== undefined) return { link: { name, cid: link.cid }, shards }
    const below = shard.links.find((candidate) => candidate.name === prefix)
    if (below === undefined) return { link: null, shards }
    shards.push(below.cid)
    at = below.cid
    shard = await readShard({ blockstore, root: cid, options }, at)
  }
}

interface Place {
  blockstore: Blockstore
  root: CID
  options: LinkOptions
}
type Shard = Extract<UnixfsNode, { type: 'shard' }>

async function* shardLinks(
  place: Place,
  cid: CID,
  shard: Shard,
  level: number,
  after: { name: string | null; hash: Uint8Array } | null,
): AsyncGenerator<NodeLink, void, void> {
  if ((level + 1) * Math.log2(shard.fanout) > HAMT_HASH_BITS) throw tooDeep(cid)
  const width = hamtPrefixLength(shard.fanout)
  const from = after === null ? '' : slotPrefix(cid, shard.fanout, after.hash, level)
  for (const link of shard.links) {
    const prefix = link.name.slice(0, width)
    if (prefix < from) continue
    const name = link.name.slice(width)
    if (name === '') {
      const below = await readShardOrTell(place, link.cid)
      if (below === null) continue
      yield* shardLinks(place, link.cid, below, level + 1, prefix === from ? after : null)
    } else if (prefix !== from) yield { name, cid: link.cid }
  }
}

/** null for one that is missing and that somebody wants to be told of. */
async function readShardOrTell(place: Place, cid: CID): Promise<Shard | null> {
  const { onMissingShard } = place.options
  try {
    return await readShard(place, cid)
  } catch (error) {
    if (onMissingShard === undefined || !EngineError.is(error, 'DAG_INCOMPLETE')) throw error
    onMissingShard(cid)
    return null
  }
}

async function readShard({ blockstore, root, options }: Place, cid: CID): Promise<Shard> {
  const { node } = await readNode(blockstore, root, cid, options)
  if (node.type !== 'shard') throw invalidNode(cid, 'it stands in a HAMT folder but is not a part of one')
  return node
}

function slotPrefix(cid: CID, fanout: number, hash: Uint8Array, level: number): string {
  const slot = hamtSlot(hash, level, Math.log2(fanout))
  if (slot === null) throw tooDeep(cid)
  return slot.toString(16).toUpperCase().padStart(hamtPrefixLength(fanout), '0')
}

function tooDeep(cid: CID): EngineError {
  return invalidNode(cid, 'its HAMT is deeper than the hash of a name')
}
