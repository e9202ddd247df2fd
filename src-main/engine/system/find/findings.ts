import type {
  DealView,
  Finding,
  ImportView,
  PieceView,
  RetrievalView,
  ShardView,
  TransferView,
} from '../../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../../src-shared/format/index.ts'

/** How each kind of thing is shown among what was found. `block` is the CID of a block that lies inside it. */

export const ofImport = (row: ImportView, block: string | null = null): Finding => ({
  kind: 'import',
  id: row.id,
  title: row.source === '' ? (row.root ?? row.id) : row.source,
  subtitle: block === null ? `Import, ${formatBytes(row.sizeBytes)}` : 'Import that holds this block',
  block,
})

export const ofDeal = (row: DealView): Finding => ({
  kind: 'deal',
  id: row.dealId,
  title: `Deal ${row.dealId}`,
  subtitle: `${row.role === 'client' ? 'Made' : 'Accepted'} deal, ${row.state}`,
  block: null,
})

export const ofRetrieval = (row: RetrievalView, block: string | null = null): Finding => ({
  kind: 'retrieval',
  id: row.dealId,
  title: row.path ?? row.root,
  subtitle: block === null ? `Retrieval, ${row.state}` : 'Retrieval that holds this block',
  block,
})

export const ofPiece = (row: PieceView): Finding => ({
  kind: 'piece',
  id: row.pieceCid,
  title: row.pieceCid,
  subtitle: `${row.pieceSize === null ? 'Piece' : `Piece of ${formatBytes(row.pieceSize)}`}${row.hasShard ? '' : ', without a shard'}`,
  block: null,
})

export const ofShard = (row: ShardView): Finding => ({
  kind: 'shard',
  id: row.key,
  title: row.key,
  subtitle: `Shard, ${row.state}`,
  block: null,
})

export const ofTransfer = (row: TransferView): Finding => ({
  kind: 'transfer',
  id: row.id,
  title: row.what,
  subtitle: `Transfer, ${row.state}`,
  block: null,
})

export const blockIn = ({ key, state }: Pick<ShardView, 'key' | 'state'>, block: string): Finding => ({
  kind: 'block',
  id: key,
  title: key,
  subtitle: `Block in a shard, ${state}`,
  block,
})
