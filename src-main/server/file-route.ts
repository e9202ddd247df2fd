import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Engine, EngineError, parseCid, serveBytes } from '../engine/index.ts'
import { SECURITY_HEADERS } from '../host/index.ts'

/**
 * `GET` or `HEAD /file?root=ROOT&path=PATH`: the bytes of a file that is here, read as fast as the caller takes them.
 * Invariant: an answer that cannot be completed is cut, so that nobody takes a part for the whole.
 */
export async function answerFile(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  { searchParams }: URL,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new EngineError('CANCELLED', 'The caller closed the connection.')))
  const { signal } = gone
  const path = searchParams.get('path') ?? ''
  const file = await engine.dags.openFile({ root: parseCid(searchParams.get('root') ?? ''), path }, { signal })
  try {
    await serveBytes(
      { request, response, method: request.method ?? 'GET', signal },
      {
        sizeBytes: file.sizeBytes,
        etag: `"${file.cid}"`,
        headers: {
          ...SECURITY_HEADERS,
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(nameOf(path) ?? file.cid.toString())}`,
          'Cache-Control': 'private, no-cache',
        },
        read: (range, reading) => file.read(range, { signal: reading }),
      },
    )
  } catch (error) {
    if (signal.aborted) return
    if (!response.headersSent) throw error
    response.socket?.destroySoon()
    throw error
  } finally {
    await file.release()
  }
}

function nameOf(path: string): string | undefined {
  return path.split('/').findLast((segment) => segment !== '')
}
