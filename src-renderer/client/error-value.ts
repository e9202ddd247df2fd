import { ORPCError } from '@orpc/client'
import { ERROR_CODES, type ErrorCode, type ErrorValue } from '../../src-shared/errors/index.ts'

/** A call was made while the engine cannot be reached. Nothing was sent. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError'
  constructor() {
    super('Carport’s engine cannot be reached at the moment, so nothing was done. Try again when it is back.')
  }
}

/** The engine's answer to a request that went beside the contract: an upload. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal'
  readonly value: ErrorValue
  constructor(answer: unknown) {
    const known = isErrorValue(answer) ? answer : value('PEER_PROTOCOL', 'The engine refused without saying why.')
    super(known.message)
    this.value = known
  }
}

/** Any failure of a call as the value that the window shows. The engine's own errors keep their code and words. */
export function errorValueOf(error: unknown): ErrorValue {
  if (error instanceof ORPCError) {
    if (isErrorValue(error.data)) return error.data
    if (error.code === 'BAD_REQUEST')
      return value('INVALID_ARGUMENT', `The engine refused the request: ${error.message}.`)
    if (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN')
      return value(
        'UNAUTHORIZED',
        'This window is not signed in to the engine. Open the address that it printed when it started.',
      )
  }
  if (error instanceof EngineRefusal) return error.value
  if (error instanceof OfflineError) return value('PEER_UNAVAILABLE', error.message)
  if (error instanceof DOMException && error.name === 'AbortError') return value('CANCELLED', 'You cancelled it.')
  // oRPC ends streams that are open when their connection is lost so; what a user cancels is a DOMException.
  if (error instanceof Error && error.name === 'AbortError')
    return value(
      'PEER_UNAVAILABLE',
      'The connection to Carport’s engine was lost before this was done. What it has done is kept; look again when it is back.',
    )
  return value('INTERNAL', error instanceof Error && error.message !== '' ? error.message : String(error))
}

/** Whether the failure is the user's own cancelling, which needs no message. */
export function isCancelled(error: unknown): boolean {
  return errorValueOf(error).code === 'CANCELLED'
}

function value(code: ErrorCode, message: string): ErrorValue {
  return { code, ...ERROR_CODES[code], message, details: {} }
}

function isErrorValue(data: unknown): data is ErrorValue {
  if (typeof data !== 'object' || data === null) return false
  const { code, message } = data as Partial<ErrorValue>
  return typeof code === 'string' && code in ERROR_CODES && typeof message === 'string'
}
