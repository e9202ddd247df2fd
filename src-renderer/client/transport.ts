import type { ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { CONTRACT_PATH, type DesktopBridge } from '../../src-shared/transport.ts'
import { bridge } from './host.ts'

/** One open way to the engine. `closed` resolves, never rejects, when it ends. */
export interface OpenTransport {
  link: ClientLink<Record<never, never>>
  closed: Promise<void>
  close(): void
}

/** Opens a way to the engine; rejects when the engine does not answer. */
export type Transport = (signal: AbortSignal) => Promise<OpenTransport>

/** The preload port in the desktop application, the WebSocket of the same origin in a browser. */
export function hostTransport(): Transport {
  const desktop = bridge()
  return desktop === null ? socketTransport(socketAddress(location)) : portTransport(desktop)
}

/** The engine lives in the process that owns the window: this way closes only with the window. */
export function portTransport(desktop: DesktopBridge): Transport {
  return () => {
    // All that the link uses of a MessagePort.
    const port = {
      postMessage: (message: string) => desktop.post(message),
      addEventListener: (type: string, listener: (event: { data: string }) => void) => {
        if (type === 'message') desktop.onMessage((data) => listener({ data }))
      },
    }
    const link = new PortLink({ port: port as unknown as MessagePort })
    return Promise.resolve({ link, closed: new Promise<void>(() => undefined), close: () => undefined })
  }
}

export function socketTransport(address: string): Transport {
  return async (signal) => {
    const socket = new WebSocket(address)
    const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve(), { once: true }))
    const abort = () => socket.close()
    signal.addEventListener('abort', abort, { once: true })
    // The link listens before the socket opens, so that no early message is missed.
    const link = new SocketLink({ websocket: socket })
    await opened(socket)
    void closed.then(() => signal.removeEventListener('abort', abort))
    return { link, closed, close: () => socket.close() }
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('close', () => reject(new Error('The engine did not answer.')), { once: true })
  })
}

function socketAddress(page: { protocol: string; host: string }): string {
  return `${page.protocol === 'https:' ? 'wss:' : 'ws:'}//${page.host}${CONTRACT_PATH}`
}
