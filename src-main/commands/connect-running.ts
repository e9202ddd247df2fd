import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { WebSocket } from 'ws'
import { CONTRACT_PATH } from '../../src-shared/transport.ts'
import { type EngineAddress, engineAddressUrl, readEngineAddress } from '../host/index.ts'
import type { Client, Connection } from './connection.ts'
import { CommandError } from './failure.ts'
import { readOverHttp } from './read-over-http.ts'

const HANDSHAKE_TIMEOUT_MS = 5000

/** null where no engine listens for this data directory, although a killed one may have left its address. */
export async function connectToRunning(dataDir: string): Promise<Connection | null> {
  const address = await readEngineAddress(dataDir)
  const socket = address === null ? null : await openSocket(address)
  if (address === null || socket === null) return null
  let closing = false
  return {
    client: createORPCClient<Client>(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
    readFile: (node, range, signal) => readOverHttp(address, node, range, signal),
    remote: true,
    get lost() {
      return !closing && socket.readyState !== WebSocket.OPEN
    },
    async close() {
      closing = true
      if (socket.readyState !== WebSocket.CLOSED) {
        const closed = new Promise((resolve) => socket.once('close', resolve))
        socket.close()
        const cutOff = setTimeout(() => socket.terminate(), 500)
        await closed
        clearTimeout(cutOff)
      }
    },
  }
}

function openSocket(address: EngineAddress): Promise<WebSocket | null> {
  const url = engineAddressUrl(address).replace(/^http/, 'ws') + CONTRACT_PATH
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${address.token}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    perMessageDeflate: false,
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_request, response) => {
      reject(refused(response.statusCode ?? 0))
      socket.terminate()
    })
    socket.on('error', () => resolve(null))
  })
}

function refused(status: number): CommandError {
  return new CommandError(
    'UNAUTHORIZED',
    `The running engine did not let the command line in (HTTP ${status}). Check that the file "token" of the data directory is the one it started with.`,
  )
}
