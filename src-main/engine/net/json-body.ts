import type { z } from 'zod'
import { type Exchange, HttpProblem } from './http-listener.ts'

/**
 * The JSON body of a request, checked. A web page cannot send `application/json` to another site without asking first,
 * and this listener never agrees; so requiring it keeps pages in the user's browser from making deals.
 */
export async function readJsonBody<Schema extends z.ZodType>(
  exchange: Exchange,
  schema: Schema,
  maxBytes: number,
): Promise<z.infer<Schema>> {
  const { request } = exchange
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new HttpProblem(415, 'The body has to be JSON, with Content-Type: application/json.')
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maxBytes) throw new HttpProblem(413, `The body is longer than ${maxBytes} bytes.`)
    parts.push(part)
  }
  const parsed = schema.safeParse(parseJson(Buffer.concat(parts).toString('utf8')))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new HttpProblem(
    400,
    `The body is not what is expected: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
  )
}

export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  exchange.response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  exchange.response.end(exchange.method === 'HEAD' ? undefined : body)
}

/** The secret of `Authorization: Bearer …`; '' when there is none. */
export function bearerSecret(exchange: Exchange): string {
  return /^Bearer (\S+)$/.exec(exchange.request.headers.authorization ?? '')?.[1] ?? ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpProblem(400, 'The body is not valid JSON.')
  }
}
