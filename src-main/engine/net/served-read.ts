import type { Exchange } from './http-listener.ts'
import type { OutgoingLedger, OutgoingSpec } from './net-ports.ts'

/**
 * Runs a read by a peer under the ledger of transfers: counted, and cut when the transfer is paused or cancelled here.
 * What makes several reads one transfer: a key of the caller's own, or the X-Request-Id of one peer, or else that they
 * are of the same thing.
 */
export async function servedRead(
  exchange: Exchange,
  transfers: OutgoingLedger,
  what: Omit<OutgoingSpec, 'key' | 'counterparty'> & { key?: string },
  serve: (sent: (bytes: number) => void, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (exchange.method === 'HEAD') {
    await serve(() => {}, exchange.signal)
    return
  }
  const { client, request, response } = exchange
  const requestId = request.headers['x-request-id']
  const read = transfers.openOutgoing({
    ...what,
    key: what.key ?? `${client} ${typeof requestId === 'string' ? requestId.slice(0, 128) : what.what}`,
    counterparty: client,
  })
  const cut = () => response.destroy()
  read.signal.addEventListener('abort', cut, { once: true })
  try {
    await serve((bytes) => read.sent(bytes), AbortSignal.any([exchange.signal, read.signal]))
    read.release({})
  } catch (error) {
    read.release({ error: read.signal.aborted ? read.signal.reason : error })
    throw error
  } finally {
    read.signal.removeEventListener('abort', cut)
  }
}
