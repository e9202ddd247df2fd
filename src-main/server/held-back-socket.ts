import type { WebSocket } from 'ws'

/** More than this waiting to be sent holds the sender back. */
export const MOST_WAITING_BYTES = 4 << 20

/**
 * A WebSocket that sends as fast as its peer reads. `ws` takes whatever it is given and keeps it, without end where the
 * peer reads nothing; who sends a stream of events through this waits for `send`, and asks for no more of them
 * meanwhile. A peer that has stopped for good does not answer pings either, and is cut off.
 */
export function heldBack(socket: WebSocket): Pick<WebSocket, 'send' | 'addEventListener'> {
  const send = (message: Buffer | string) =>
    new Promise<void>((resolve) => {
      socket.send(message, () => resolve()) // of a socket that fails `close` tells
      if (socket.bufferedAmount <= MOST_WAITING_BYTES) resolve()
    })
  return { send, addEventListener: socket.addEventListener.bind(socket) }
}
