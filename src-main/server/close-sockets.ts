import type { WebSocketServer } from 'ws'

const GOODBYE_MS = 1000

/** Says goodbye to every caller; those that do not answer are cut off. */
export async function closeSockets(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.close(1001, 'Carport is stopping')
  const cutOff = setTimeout(() => {
    for (const socket of server.clients) socket.terminate()
  }, GOODBYE_MS)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearTimeout(cutOff)
}
