import type { Exchange } from './http-listener.ts'
import { sendBody } from './send-body.ts'

/** Half-open, in bytes. */
export interface ByteRange {
  start: number
  end: number
}

/** Bytes that are served with Range, If-Range, If-None-Match and HEAD (RFC 9110 13 and 14). */
export interface ServedBytes {
  sizeBytes: number
  /** Strong, with its quotes. */
  etag: string
  headers: Record<string, string>
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** What is needed of a request and its answer. */
export type ByteExchange = Pick<Exchange, 'request' | 'response' | 'method' | 'signal'>

/** Answers a GET or HEAD. `onSent` is told how many bytes the socket has taken. */
export async function serveBytes(
  exchange: ByteExchange,
  served: ServedBytes,
  onSent: (bytes: number) => void = () => {},
): Promise<void> {
  const { request, response, method } = exchange
  const headers: Record<string, string | number> = { ...served.headers, ETag: served.etag, 'Accept-Ranges': 'bytes' }
  if (etagMatches(request.headers['if-none-match'], served.etag)) {
    response.writeHead(304, headers).end()
    return
  }
  const asked = rangeApplies(request.headers['if-range'], served.etag)
    ? parseRange(request.headers.range, served.sizeBytes)
    : 'whole'
  if (asked === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${served.sizeBytes}`, 'Content-Length': 0 }).end()
    return
  }
  const range = asked === 'whole' ? { start: 0, end: served.sizeBytes } : asked
  headers['Content-Length'] = range.end - range.start
  if (asked !== 'whole') headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${served.sizeBytes}`
  response.writeHead(asked === 'whole' ? 200 : 206, headers)
  if (method === 'HEAD') response.end()
  else await sendBody(exchange, served.read(range, exchange.signal), onSent)
}

/**
 * A Range header over `size` bytes. An end past the last byte is cut to it (Boost asks for one byte more than there
 * is). Several ranges, other units and nonsense give the whole, as RFC 9110 14.2 allows.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '')
  if (match === null) return 'whole'
  const [, first = '', last = ''] = match
  if (first === '') {
    if (last === '') return 'whole'
    const length = Number(last)
    return length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return 'whole'
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** Whether an If-None-Match header names the entity; weak and strong forms are the same here. */
export function etagMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const plain = etag.replace(/^W\//, '')
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === plain)
}

function rangeApplies(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange === etag
}
