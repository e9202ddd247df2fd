import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError } from '../base/index.ts'
import type { Shard } from './shard.ts'

/** Why a shard does not do what it was asked, in words. */
export function refusalOf({ key, facts }: Shard, code: ErrorCode): EngineError {
  const details = { key, state: facts.state }
  switch (code) {
    case 'SHARD_IN_USE':
      return new EngineError(code, `The shard ${key} has ${facts.readers} readers.`, { details })
    case 'SHARD_ERRORED':
      return new EngineError(code, `The shard ${key} failed earlier: ${facts.error ?? 'it is not known why'}`, {
        details,
      })
    case 'SHARD_NOT_FOUND':
      return new EngineError(code, `The shard ${key} was destroyed.`, { details })
    default:
      return new EngineError(code, `The shard ${key} is ${facts.state}, which does not allow this.`, { details })
  }
}

/** The error of a caller who gave up: the reason, where that is an error of the engine. */
export function cancelled(signal: AbortSignal | undefined): EngineError {
  if (EngineError.is(signal?.reason)) return signal.reason
  return new EngineError('CANCELLED', 'The work was cancelled.', { cause: signal?.reason })
}

export function closedError(): EngineError {
  return new EngineError('CLOSED', 'The dagstore is closed.')
}
