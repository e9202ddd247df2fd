import type { ServerResponse } from 'node:http'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { SECURITY_HEADERS } from '../host/index.ts'

const STATUS: Record<ErrorValue['kind'], number> = {
  invalid: 400,
  missing: 404,
  conflict: 409,
  corrupt: 422,
  unavailable: 503,
  limit: 507,
  cancelled: 499,
  internal: 500,
}

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(`${JSON.stringify(value)}\n`)
}

export function respondError(response: ServerResponse, error: ErrorValue, status = STATUS[error.kind]): void {
  respondJson(response, status, error)
}

/** A page for a person who came without a ticket, or with a used one. */
export function respondDoorClosed(response: ServerResponse): void {
  response.writeHead(403, {
    ...SECURITY_HEADERS,
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  })
  response.end(
    '<!doctype html><meta charset="utf-8"><title>Carport</title>' +
      '<body style="font: 15px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem">' +
      '<h1 style="font-size: 1.25rem">This browser has not been let in yet</h1>' +
      '<p>Links into Carport are good for one use. Run <code>carport url</code> on the machine it runs on, and open what it prints.</p>',
  )
}
