import type { DealState, DealView, MigrationDeal } from '../../../src-shared/contract/index.ts'
import { dealStateName } from './lotus/deal-states.ts'

/** Lotus' number for each state of a deal of Carport's own provider role. */
const LOTUS_STATES: Record<DealState, number> = {
  preparing: 14, // Validating: client states, which a provider's deal never has
  proposing: 14,
  accepted: 3,
  transferring: 17,
  verifying: 19,
  'handing-off': 4,
  active: 7,
  failed: 26,
  cancelled: 10,
}

/** Carport's own deals as a migration sees them: those that are active are to be shards. */
export function ownDeals(deals: DealView[]): MigrationDeal[] {
  return deals.flatMap((deal) => {
    if (deal.role !== 'provider' || deal.pieceCid === null) return []
    const state = LOTUS_STATES[deal.state]
    const eligible = deal.state === 'active'
    return {
      proposalCid: deal.dealId,
      dealId: deal.dealId,
      pieceCid: deal.pieceCid,
      pieceSize: deal.pieceSize ?? 0,
      state,
      stateName: dealStateName(state),
      eligible,
      reason: eligible ? null : `The deal is ${deal.state}; its piece becomes a shard when it is handed off.`,
    }
  })
}
