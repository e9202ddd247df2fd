import type { LotusDeal, PieceView } from '../../../src-shared/contract/index.ts'
import { type Style, styleState } from '../style.ts'
import { type Column, formatFields } from '../table.ts'
import { sizeText } from '../view-text.ts'

export function pieceColumns(style: Style): Array<Column<PieceView>> {
  return [
    { title: 'PIECE CID', text: (row) => row.pieceCid },
    { title: 'PIECE SIZE', text: (row) => sizeText(row.pieceSize), align: 'right' },
    { title: 'STATE', text: (row) => styleState(style, row.state) },
    { title: 'SHARD', text: (row) => (row.hasShard ? 'yes' : 'no'), optional: true },
    { title: 'DEALS', text: (row) => String(row.deals.length + row.lotusDeals.length), align: 'right', optional: true },
    { title: 'WHERE', text: (row) => row.path ?? row.source, shrinks: true, optional: true },
  ]
}

/** `12345 (StorageDealActive), …`; null for none. One that is not on the chain is told by its proposal. */
export function lotusDealsText(deals: readonly LotusDeal[]): string | null {
  const texts = deals.map(({ dealId, proposalCid, state }) => `${dealId === '0' ? proposalCid : dealId} (${state})`)
  return texts.length === 0 ? null : texts.join(', ')
}

export function pieceText(piece: PieceView, style: Style): string[] {
  return formatFields(
    [
      ['Piece CID', piece.pieceCid],
      ['Piece CID v2', piece.pieceCidV2],
      ['Piece size', sizeText(piece.pieceSize)],
      ['Bytes', piece.sizeBytes === null ? null : sizeText(piece.sizeBytes)],
      ['State', styleState(style, piece.state)],
      ['Source', piece.source],
      ['Path', piece.path],
      ['Shard', piece.hasShard ? 'yes' : 'no'],
      ['Deals', piece.deals.length === 0 ? null : piece.deals.join(', ')],
      ['Deals in Lotus', lotusDealsText(piece.lotusDeals)],
      ['Added', piece.addedAt],
    ],
    style,
  )
}
