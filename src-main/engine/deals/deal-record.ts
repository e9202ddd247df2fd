import type { DealState, DealView } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'

/** Deals as they are remembered. Version 1. */

interface DealRecordBase {
  version: 1
  dealId: string
  state: DealState
  root: string
  /** v1. */
  pieceCid: string | null
  pieceCidV2: string | null
  pieceSize: number | null
  carSize: number | null
  message: string
  error: ErrorValue | null
  createdAt: string
  updatedAt: string
  timeline: DealView['timeline']
  /** The same on both sides. */
  proposalId: string
}

export interface ClientDealRecord extends DealRecordBase {
  role: 'client'
  /** null: Carport's own provider role, wherever it listens. */
  provider: string | null
  /** Proves to the provider that the deal is ours. */
  secret: string
  /** What the provider has to show to read the data. */
  transferSecret: string
  /** The provider's id; null before it has accepted. */
  remoteDealId: string | null
  importId: string | null
}

export interface ProviderDealRecord extends DealRecordBase {
  role: 'provider'
  pieceCid: string
  pieceSize: number
  carSize: number
  /** Of the client's secret, so that the record cannot speak for the client. */
  secretHash: string
  transfer: { url: string; headers: Record<string, string> }
  /** The piece was verified and its hand-off begun: it may be in the piece store already. */
  handOffBegun: boolean
}

export type DealRecord = ClientDealRecord | ProviderDealRecord

const MAX_TIMELINE = 100

/** Enters a state, with the sentence for it. */
export function enterState(record: DealRecord, state: DealState, message: string, at: string): void {
  record.state = state
  record.message = message
  record.updatedAt = at
  record.timeline.push({ state, at, message })
  if (record.timeline.length > MAX_TIMELINE) record.timeline.splice(1, 1)
}

export function viewOf(
  record: DealRecord,
  live: { ownProvider: string | null; progress: DealView['progress'] },
): DealView {
  const { dealId, role, state, root, pieceCid, pieceCidV2, pieceSize, carSize } = record
  const { message, error, createdAt, updatedAt, timeline } = record
  const provider = record.role === 'client' ? record.provider : null
  return {
    ...{ dealId, role, state, root, pieceCid, pieceCidV2, pieceSize, carSize, message, error, createdAt, updatedAt },
    provider: provider ?? live.ownProvider ?? 'this Carport',
    progress: live.progress,
    timeline: [...timeline],
    importId: record.role === 'client' ? record.importId : null,
  }
}
