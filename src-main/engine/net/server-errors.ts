import type { ErrorKind } from '../../../src-shared/errors/index.ts'
import type { EngineError } from '../base/index.ts'

const STATUS_OF_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  missing: 404,
  conflict: 409,
  corrupt: 500,
  unavailable: 503,
  limit: 503,
  cancelled: 410,
  internal: 500,
}

export interface ErrorAnswer {
  status: number
  headers: Record<string, string | number>
  contentType: string
  body: string
}

/** An error as an HTTP answer. What concerns only this machine (paths, errno) stays here. */
export function errorAnswer(error: EngineError, form: 'json' | 'text'): ErrorAnswer {
  const status = statusOf(error)
  const message = status === 500 ? 'This provider failed while it prepared the answer.' : error.message
  const headers: Record<string, string | number> = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  const { retryAfterSeconds } = error.details
  if (status === 503) headers['Retry-After'] = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 5
  return form === 'json'
    ? {
        status,
        headers,
        contentType: 'application/json',
        body: JSON.stringify({ error: { code: error.code, message } }),
      }
    : { status, headers, contentType: 'text/plain; charset=utf-8', body: `${message}\n` }
}

function statusOf(error: EngineError): number {
  const { status } = error.details
  if (typeof status === 'number') return status
  if (error.code === 'UNAUTHORIZED') return 401
  if (error.code === 'DEAL_REJECTED') return 422
  if (error.code === 'NO_SPACE') return 507
  return STATUS_OF_KIND[error.kind]
}
