export type { Deals, DealsConfig, DealsPorts, StagedPiece } from './deal-ports.ts'
export { createDeals } from './deals.ts'
