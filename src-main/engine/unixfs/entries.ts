import type { PBNode } from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { DAG_PB_CODEC, isIdentity, RAW_CODEC } from '../car/index.ts'
import { childValue, decodeDagPb, decodeValue, invalidNode } from './decode-node.ts'
import { directoryLinks, findLink, type LinkOptions, type ReadOptions, readBlock, readNode } from './directory-walk.ts'
import { inOrder } from './in-order.ts'
import { decodeUnixfs, type NodeLink } from './unixfs-node.ts'

/** `other`: not UnixFS, or missing here. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'other'

export interface DirectoryEntry {
  name: string
  cid: CID
  type: EntryType
  /** Bytes of content of a file; null for anything else. */
  sizeBytes: number | null
}

export interface EntryPage {
  entries: DirectoryEntry[]
  /** Give it back as `after` for the next page; null at the end. */
  next: string | null
}

export interface ListOptions extends LinkOptions {
  /** Default 1000. */
  limit?: number
}

export interface ResolveOptions extends ReadOptions {
  /** Also take the steps of IPLD's data model through dag-pb nodes, `Links/0/Hash`, where no entry has such a name. */
  dataModel?: boolean
}

export interface ResolvedPath {
  cid: CID
  type: EntryType
  sizeBytes: number | null
  /** Every node that was read on the way, root first, the node itself last: what proves the path. */
  proof: CID[]
}

const PAGE = 1000
const READS = 16

/**
 * The entries of a folder, plain or HAMT, a page at a time, in stored order. UNIXFS_INVALID for anything but a folder,
 * UNSUPPORTED for a codec that is not UnixFS.
 */
export async function listEntries(
  blockstore: Blockstore,
  directory: CID,
  options: ListOptions = {},
): Promise<EntryPage> {
  const { node } = await readNode(blockstore, directory, directory, options)
  if (node.type === 'file' || node.type === 'symlink')
    throw invalidNode(directory, `it is a ${node.type}, not a folder`)
  const limit = Math.max(1, options.limit ?? PAGE)
  const links: NodeLink[] = []
  for await (const link of directoryLinks(blockstore, directory, node, options)) {
    links.push(link)
    if (links.length > limit) break
  }
  const page = links.slice(0, limit)
  const entries: DirectoryEntry[] = []
  for await (const { item, result } of inOrder(page, READS, (link) => describeNode(blockstore, link.cid, options)))
    entries.push({ name: item.name, cid: item.cid, ...result })
  return { entries, next: links.length > limit ? (page.at(-1)?.name ?? null) : null }
}

/**
 * Follows a path below a root: names of entries in folders; in dag-cbor and dag-json nodes keys and indexes. '' is the
 * root itself. Symbolic links are not followed. FILE_NOT_FOUND where nothing is at the path.
 */
export async function resolvePath(
  blockstore: Blockstore,
  root: CID,
  path: string,
  options: ResolveOptions = {},
): Promise<ResolvedPath> {
  const proof: CID[] = [root]
  let cid = root
  const segments = path.split('/').filter((segment) => segment !== '')
  for (let at = 0; at < segments.length; ) {
    const bytes = await readBlock(blockstore, root, cid, options)
    const step = await stepDown(blockstore, cid, bytes, segments.slice(at), options)
    if (step === null)
      throw new EngineError(
        'FILE_NOT_FOUND',
        `There is nothing at ${(options.dataModel === true ? segments : segments.slice(0, at + 1)).join('/')} under ${root}.`,
        {
          details: { root: root.toString(), path },
        },
      )
    proof.push(...step.passed, step.cid)
    cid = step.cid
    at += step.segments
  }
  return { cid, ...(await describeNode(blockstore, cid, options, root)), proof }
}

/** What a node is to somebody who lists it. A block that is not here is `other`. */
async function describeNode(
  blockstore: Blockstore,
  cid: CID,
  options: ReadOptions,
  mustExist?: CID,
): Promise<{ type: EntryType; sizeBytes: number | null }> {
  try {
    if (cid.code === RAW_CODEC)
      return {
        type: 'file',
        sizeBytes: isIdentity(cid)
          ? cid.multihash.digest.length
          : await blockstore.size(cid, { signal: options.signal }),
      }
    if (cid.code !== DAG_PB_CODEC) return { type: 'other', sizeBytes: null }
    const node = decodeUnixfs(cid, await readBlock(blockstore, mustExist ?? cid, cid, options))
    if (node.type === 'file') return { type: 'file', sizeBytes: node.sizeBytes }
    return { type: node.type === 'symlink' ? 'symlink' : 'directory', sizeBytes: null }
  } catch (error) {
    if (EngineError.is(error, 'UNIXFS_INVALID')) return { type: 'other', sizeBytes: null }
    if (EngineError.is(error, 'BLOCK_NOT_FOUND') && mustExist === undefined) return { type: 'other', sizeBytes: null }
    throw error
  }
}

interface Step {
  cid: CID
  /** Shards read between the two nodes. */
  passed: CID[]
  /** Path segments used up. */
  segments: number
}

async function stepDown(
  blockstore: Blockstore,
  cid: CID,
  bytes: Uint8Array,
  segments: string[],
  options: ResolveOptions,
): Promise<Step | null> {
  if (cid.code === RAW_CODEC) return null
  if (cid.code !== DAG_PB_CODEC) return stepIntoValue(decodeValue(cid, bytes), segments)
  const dagPb = decodeDagPb(cid, bytes)
  const step = await stepToEntry(blockstore, cid, dagPb, bytes, segments[0] ?? '', options)
  return step ?? (options.dataModel === true ? stepToLink(dagPb, segments) : null)
}

async function stepToEntry(
  blockstore: Blockstore,
  cid: CID,
  dagPb: PBNode,
  bytes: Uint8Array,
  name: string,
  options: ReadOptions,
): Promise<Step | null> {
  if (dagPb.Data === undefined) {
    const link = dagPb.Links.find((candidate) => candidate.Name === name)
    return link === undefined ? null : { cid: link.Hash, passed: [], segments: 1 }
  }
  const { link, shards } = await findLink(blockstore, cid, decodeUnixfs(cid, bytes), name, options)
  return link === null ? null : { cid: link.cid, passed: shards, segments: 1 }
}

/** `Links/0/Hash`: a dag-pb node as IPLD's data model sees it. */
function stepToLink({ Links }: PBNode, [field, index = '', hash]: string[]): Step | null {
  if (field !== 'Links' || hash !== 'Hash' || !/^\d+$/.test(index)) return null
  const link = Links[Number(index)]
  return link === undefined ? null : { cid: link.Hash, passed: [], segments: 3 }
}

function stepIntoValue(value: unknown, segments: string[]): Step | null {
  let at = value
  for (const [used, segment] of segments.entries()) {
    at = childValue(at, segment)
    const cid = CID.asCID(at)
    if (cid !== null) return { cid, passed: [], segments: used + 1 }
  }
  return null
}
