import { CID } from 'multiformats/cid'
import type {
  DealView,
  Finding,
  ImportView,
  PieceView,
  RetrievalView,
  ShardView,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'

/** What can be found, as live rows; and the shards that hold a block. */
export interface FindSources {
  imports(): ImportView[]
  deals(): DealView[]
  retrievals(): RetrievalView[]
  pieces(): PieceView[]
  shards(): ShardView[]
  transfers(): TransferView[]
  /** Keys of the shards whose index has this multihash. */
  shardsWithMultihash(multihash: Uint8Array): Promise<string[]>
}

const MOST = 50

/** What a pasted text names: a CID of any kind, an id, a path, part of a name. Exact matches first. */
export async function find(text: string, sources: FindSources): Promise<Finding[]> {
  const wanted = text.trim().replace(/^ipfs:\/\/|^\/ipfs\//, '')
  const exact = await findExact(wanted, sources)
  if (exact.length > 0) return exact
  return findPart(wanted.toLowerCase(), sources).slice(0, MOST)
}

/** Everything that has this CID: as root, as piece, as shard, or as a block in a shard. */
export async function locate(cid: string, sources: FindSources): Promise<Finding[]> {
  const findings = [
    ...sources
      .imports()
      .filter((row) => row.root === cid)
      .map(ofImport),
    ...sources
      .deals()
      .filter((row) => [row.root, row.pieceCid, row.pieceCidV2].includes(cid))
      .map(ofDeal),
    ...sources
      .retrievals()
      .filter((row) => row.root === cid)
      .map(ofRetrieval),
    ...sources
      .pieces()
      .filter((row) => row.pieceCid === cid || row.pieceCidV2 === cid)
      .map(ofPiece),
    ...sources
      .shards()
      .filter((row) => row.key === cid)
      .map(ofShard),
  ]
  const keys = await sources.shardsWithMultihash(CID.parse(cid).multihash.bytes)
  return [...findings, ...keys.map((key) => blockIn(key))]
}

async function findExact(wanted: string, sources: FindSources): Promise<Finding[]> {
  if (isCid(wanted)) return locate(wanted, sources)
  return [
    ...sources
      .imports()
      .filter((row) => row.id === wanted)
      .map(ofImport),
    ...sources
      .deals()
      .filter((row) => row.dealId === wanted)
      .map(ofDeal),
    ...sources
      .retrievals()
      .filter((row) => row.dealId === wanted)
      .map(ofRetrieval),
    ...sources
      .transfers()
      .filter((row) => row.id === wanted)
      .map(ofTransfer),
    ...sources
      .shards()
      .filter((row) => row.key === wanted)
      .map(ofShard),
  ]
}

function findPart(part: string, sources: FindSources): Finding[] {
  const has = (...texts: Array<string | null | undefined>) => texts.some((text) => text?.toLowerCase().includes(part))
  return [
    ...sources
      .imports()
      .filter((row) => has(row.source, row.root, row.problem?.message))
      .map(ofImport),
    ...sources
      .deals()
      .filter((row) => has(row.root, row.pieceCid, row.provider, row.error?.message))
      .map(ofDeal),
    ...sources
      .retrievals()
      .filter((row) => has(row.root, row.path, row.error?.message))
      .map(ofRetrieval),
    ...sources
      .pieces()
      .filter((row) => has(row.pieceCid, row.path))
      .map(ofPiece),
    ...sources
      .shards()
      .filter((row) => has(row.key, row.error))
      .map(ofShard),
  ]
}

function isCid(text: string): boolean {
  try {
    CID.parse(text)
    return true
  } catch {
    return false
  }
}

const ofImport = (row: ImportView): Finding => ({
  kind: 'import',
  id: row.id,
  title: row.source,
  subtitle: `Import, ${formatBytes(row.sizeBytes)}`,
})
const ofDeal = (row: DealView): Finding => ({
  kind: 'deal',
  id: row.dealId,
  title: `Deal ${row.dealId}`,
  subtitle: `${row.role === 'client' ? 'Made' : 'Accepted'} deal, ${row.state}`,
})
const ofRetrieval = (row: RetrievalView): Finding => ({
  kind: 'retrieval',
  id: row.dealId,
  title: row.path ?? row.root,
  subtitle: `Retrieval, ${row.state}`,
})
const ofPiece = (row: PieceView): Finding => ({
  kind: 'piece',
  id: row.pieceCid,
  title: row.pieceCid,
  subtitle: row.pieceSize === null ? 'Piece' : `Piece of ${formatBytes(row.pieceSize)}`,
})
const ofShard = (row: ShardView): Finding => ({
  kind: 'shard',
  id: row.key,
  title: row.key,
  subtitle: `Shard, ${row.state}`,
})
const ofTransfer = (row: TransferView): Finding => ({
  kind: 'transfer',
  id: row.id,
  title: row.what,
  subtitle: `Transfer, ${row.state}`,
})
const blockIn = (key: string): Finding => ({
  kind: 'block',
  id: key,
  title: key,
  subtitle: 'Shard that holds this block',
})
