import type { DealView, ImportView, PieceView, RetrievalView, ShardView } from '../../../src-shared/contract/index.ts'

/** One station of the way of data: what it is called, and where it is shown. null: not known, or not on this machine. */
export interface TraceStop {
  station: 'File' | 'Import' | 'Root' | 'Piece' | 'Shard' | 'Deal' | 'Retrieval'
  text: string | null
  /** Section and id to open. */
  place: { section: 'imports' | 'pieces' | 'shards' | 'deals' | 'retrievals'; id: string } | null
}

export interface TraceSources {
  imports: readonly ImportView[]
  pieces: readonly PieceView[]
  shards: readonly ShardView[]
  retrievals: readonly RetrievalView[]
}

/** The whole way of a deal's data, from the file on disk to the copy that came back. */
export function traceOf(deal: DealView, { imports, pieces, shards, retrievals }: TraceSources): TraceStop[] {
  const origin = imports.find(({ id }) => id === deal.importId) ?? imports.find(({ root }) => root === deal.root)
  const piece = pieces.find(({ pieceCid }) => pieceCid === deal.pieceCid)
  const shard = shards.find(({ key }) => key === deal.pieceCid)
  const retrieval = retrievals.find(({ root }) => root === deal.root)
  return [
    { station: 'File', text: origin?.source ?? null, place: null },
    { station: 'Import', text: origin?.id ?? null, place: origin ? { section: 'imports', id: origin.id } : null },
    { station: 'Root', text: deal.root, place: null },
    {
      station: 'Piece',
      text: deal.pieceCid,
      place: piece === undefined ? null : { section: 'pieces', id: piece.pieceCid },
    },
    {
      station: 'Shard',
      text: shard?.key ?? null,
      place: shard === undefined ? null : { section: 'shards', id: shard.key },
    },
    { station: 'Deal', text: deal.dealId, place: { section: 'deals', id: deal.dealId } },
    {
      station: 'Retrieval',
      text: retrieval === undefined ? null : (retrieval.path ?? retrieval.dealId),
      place: retrieval === undefined ? null : { section: 'retrievals', id: retrieval.dealId },
    },
  ]
}
