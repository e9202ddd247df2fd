import { FairShare, throwIfAborted } from '../base/index.ts'
import type { Exchange } from './http-listener.ts'

/** A socket may take several blocks at once, each of which is read and perhaps hashed. */
const SHARE_BYTES = 1024 * 1024

/**
 * Writes a body as fast as the peer takes it and ends the answer. A source that fails leaves the answer unfinished,
 * and the listener cuts it.
 */
export async function sendBody(
  exchange: Pick<Exchange, 'response' | 'signal'>,
  chunks: AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void = () => {},
): Promise<void> {
  const { response, signal } = exchange
  const share = new FairShare(SHARE_BYTES)
  for await (const chunk of chunks) {
    throwIfAborted(signal)
    if (!response.write(chunk)) await drained(exchange)
    onSent(chunk.length)
    await share.took(chunk.length)
  }
  throwIfAborted(signal)
  response.end()
}

function drained({ response, signal }: Pick<Exchange, 'response' | 'signal'>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    response.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
