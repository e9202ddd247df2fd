import type { CID } from 'multiformats/cid'
import { EngineError } from '../../base/index.ts'
import type { Blockstore } from '../../blockstore/index.ts'
import { type DagBlock, decodeUnixfs, linksOf, type UnixfsNode, walkDag } from '../../unixfs/index.ts'
import type { DagScope, EntityBytes } from './gateway-request.ts'

export interface ScopeOptions {
  scope: DagScope
  entityBytes: EntityBytes | null
  dups: boolean
  signal: AbortSignal
}

/**
 * The blocks of a scope below `entity`, depth first, in the order of links; identity CIDs are walked into and not left
 * out. Without `dups` a block may still be given twice, where that is cheaper than to know.
 */
export async function* walkScope(
  blockstore: Blockstore,
  entity: CID,
  { scope, entityBytes, dups, signal }: ScopeOptions,
): AsyncGenerator<DagBlock, void, void> {
  const get: Get = (cid) => blockstore.get(cid, { signal })
  if (scope === 'block') yield { cid: entity, bytes: await get(entity) }
  else if (scope === 'entity') yield* walkEntity(get, entity, entityBytes)
  else if (dups) yield* walkWithRepeats(get, entity)
  else yield* walkDag(blockstore, entity, { signal })
}

type Get = (cid: CID) => Promise<Uint8Array>

async function* walkWithRepeats(get: Get, root: CID): AsyncGenerator<DagBlock, void, void> {
  const stack = [root]
  for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
    const bytes = await get(cid)
    yield { cid, bytes }
    stack.push(...linksOf(cid, bytes).reverse())
  }
}

/** A file with the blocks of a range, a folder with the blocks that list it; anything else is its own block. */
async function* walkEntity(get: Get, entity: CID, asked: EntityBytes | null): AsyncGenerator<DagBlock, void, void> {
  const bytes = await get(entity)
  yield { cid: entity, bytes }
  const node = unixfsNode(entity, bytes)
  if (node?.type === 'shard') yield* walkShards(get, node)
  if (node?.type !== 'file') return
  const range = resolveBytes(asked, node.sizeBytes)
  if (range !== null) yield* walkRange(get, node, 0, range)
}

type FileNode = Extract<UnixfsNode, { type: 'file' }>
type ShardNode = Extract<UnixfsNode, { type: 'shard' }>

/** Half-open, in bytes of the file. */
interface FileRange {
  start: number
  end: number
}

/** null for what is not UnixFS: it is served as the block that it is. */
function unixfsNode(cid: CID, bytes: Uint8Array): UnixfsNode | null {
  try {
    return decodeUnixfs(cid, bytes)
  } catch (error) {
    if (EngineError.is(error, 'UNIXFS_INVALID') || EngineError.is(error, 'UNSUPPORTED')) return null
    throw error
  }
}

/** The range in bytes of a file of `size`; null when nothing of the file lies in it. */
function resolveBytes(asked: EntityBytes | null, size: number): FileRange | null {
  if (asked === null) return { start: 0, end: size }
  const start = asked.from < 0 ? Math.max(0, size + asked.from) : asked.from
  const last = asked.to === null ? size - 1 : asked.to < 0 ? size + asked.to : asked.to
  const end = Math.min(size, last + 1)
  return start < end ? { start, end } : null
}

/** Children of a file node whose bytes overlap `range`; `offset` is where the node's bytes begin in the file. */
async function* walkRange(
  get: Get,
  node: FileNode,
  offset: number,
  range: FileRange,
): AsyncGenerator<DagBlock, void, void> {
  let end = offset + node.data.length
  for (const { cid, sizeBytes } of node.children) {
    const start = end
    end += sizeBytes
    if (end <= range.start || start >= range.end) continue
    const bytes = await get(cid)
    yield { cid, bytes }
    const child = unixfsNode(cid, bytes)
    if (child?.type === 'file') yield* walkRange(get, child, start, range)
  }
}

/** Links to further shards are named by the slot alone, links to entries by slot and name. */
async function* walkShards(get: Get, node: ShardNode): AsyncGenerator<DagBlock, void, void> {
  const slotLength = (node.fanout - 1).toString(16).length
  for (const { name, cid } of node.links) {
    if (name.length !== slotLength) continue
    const bytes = await get(cid)
    yield { cid, bytes }
    const shard = unixfsNode(cid, bytes)
    if (shard?.type === 'shard') yield* walkShards(get, shard)
  }
}
