import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that behaves as a test wants, on loopback. */
export interface LoopbackServer {
  url: string
  /** `METHOD path range`, in the order of arrival. */
  requests: string[]
  close(): Promise<void>
}

export async function loopbackServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<LoopbackServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range].filter((part) => part !== undefined).join(' '))
    void answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with a range of `bytes`, as a good server does. */
export function serveRange(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = {},
): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  if (match === null) {
    response.writeHead(200, { ...headers, 'Content-Length': bytes.length }).end(bytes)
    return
  }
  const start = Number(match[1])
  const end = Math.min(bytes.length, Number(match[2]) + 1)
  response.writeHead(206, {
    ...headers,
    'Content-Length': end - start,
    'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
  })
  response.end(bytes.subarray(start, end))
}
