import type { DealView } from '../../../src-shared/contract/index.ts'
import type { Output } from '../output.ts'
import { styleState } from '../style.ts'
import { formatFields } from '../table.ts'
import { sizeText } from '../view-text.ts'

/** One deal as lines for a person, with its timeline. */
export function dealText(deal: DealView, { style }: Output): string[] {
  const fields = formatFields(
    [
      ['Deal', deal.dealId],
      ['Role', deal.role],
      ['State', `${styleState(style, deal.state)}  ${deal.message}`],
      ['Root', deal.root],
      ['Piece CID', deal.pieceCid],
      ['Piece CID v2', deal.pieceCidV2],
      ['Piece size', deal.pieceSize === null ? null : sizeText(deal.pieceSize)],
      ['CAR size', deal.carSize === null ? null : sizeText(deal.carSize)],
      ['Provider', deal.provider],
      ['Import', deal.importId],
    ],
    style,
  )
  const timeline = deal.timeline.map(({ at, state, message }) => `  ${style.faint(at)}  ${state}  ${message}`)
  return [...fields, ...timeline]
}
