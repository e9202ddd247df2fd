import { ERROR_CODES, type ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError } from '../base/index.ts'
import type { DealStatus } from '../net/index.ts'

/** Why the provider ended a deal, as an error of ours. */
export function remoteFailure(status: DealStatus): EngineError {
  const details = { remoteDealId: status.dealId }
  if (status.state === 'cancelled') return new EngineError('CANCELLED', 'The provider cancelled the deal.', { details })
  const { code, message } = status.error ?? { code: '', message: status.message }
  const known = code in ERROR_CODES && code !== 'INTERNAL' ? (code as ErrorCode) : 'PEER_UNAVAILABLE'
  return new EngineError(known, `The provider could not complete the deal: ${message}`, { details })
}
