import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http'
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError, isErrnoException } from '../base/index.ts'
import { errorBody } from './deal-protocol.ts'

/** What went wrong with a peer, as errors of the engine. */

const ERRNO_WHY: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it cut the connection',
  EPIPE: 'it cut the connection',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ETIMEDOUT: 'no connection could be made in time',
  EHOSTUNREACH: 'its network cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
}

/** Codes that a peer may pass through to us; any other says only that it failed. */
const TRUSTED_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'DEAL_REJECTED',
  'DEAL_NOT_FOUND',
  'PIECE_NOT_FOUND',
  'PIECE_SEALED',
  'PIECE_MISMATCH',
  'PEER_UNAVAILABLE',
  'NO_SPACE',
  'CANCELLED',
])

const MAX_RETRY_AFTER_SECONDS = 600

export function peerUnavailable(
  origin: string,
  why: string,
  details: Record<string, string | number> = {},
): EngineError {
  return new EngineError('PEER_UNAVAILABLE', `${origin} cannot be reached: ${why}.`, {
    details: { peer: origin, ...details },
  })
}

export function peerProtocol(origin: string, why: string): EngineError {
  return new EngineError('PEER_PROTOCOL', `${origin} does not keep to the protocol: ${why}.`, {
    details: { peer: origin },
  })
}

/** A failed connection, TLS included. */
export function connectionError(origin: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error
  const errno = isErrnoException(error) || hasCode(error) ? String((error as { code: unknown }).code) : ''
  if (errno.startsWith('HPE_')) return peerProtocol(origin, 'its answer is not HTTP')
  const why = ERRNO_WHY[errno] ?? (error instanceof Error ? error.message : String(error))
  return new EngineError('PEER_UNAVAILABLE', `${origin} cannot be reached: ${why}.`, {
    cause: error,
    details: { peer: origin, errno },
  })
}

/** What a status outside 2xx means. `body` is the answer's, as far as it was read. */
export function statusError(origin: string, status: number, headers: IncomingHttpHeaders, body: string): EngineError {
  const told = toldBy(body)
  const why = told.message === '' ? `${STATUS_CODES[status] ?? 'an unknown status'}.` : told.message
  const message = `${origin} answered ${status}: ${why}`
  const details = { peer: origin, status, ...retryAfter(headers) }
  if (told.code !== null) return new EngineError(told.code, message, { details })
  if (status === 401 || status === 403) return new EngineError('UNAUTHORIZED', message, { details })
  if (status === 408 || status === 429 || status >= 500)
    return new EngineError('PEER_UNAVAILABLE', message, { details })
  return new EngineError('PEER_PROTOCOL', message, { details })
}

function toldBy(body: string): { code: ErrorCode | null; message: string } {
  try {
    const parsed = errorBody.safeParse(JSON.parse(body))
    if (parsed.success) {
      const { code, message } = parsed.data.error
      return { code: TRUSTED_CODES.has(code) ? (code as ErrorCode) : null, message: sentence(message) }
    }
  } catch {
    // not JSON: plain text
  }
  return { code: null, message: sentence(body.split('\n')[0] ?? '') }
}

/** Text of a peer, made fit for one line; a full stop ends it. */
function sentence(text: string): string {
  const line = text.replaceAll(/\p{C}/gu, ' ').trim().slice(0, 300)
  return line === '' || /[.!?]$/.test(line) ? line : `${line}.`
}

function retryAfter(headers: IncomingHttpHeaders): { retryAfterSeconds?: number } {
  const value = Number(headers['retry-after'])
  return Number.isFinite(value) && value > 0 ? { retryAfterSeconds: Math.min(value, MAX_RETRY_AFTER_SECONDS) } : {}
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
