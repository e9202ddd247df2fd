import type { WebSocket } from 'ws'

export interface Frame {
  id?: unknown
  method?: string
  params?: unknown[]
  result?: unknown
  error?: { code: number; message: string }
}

/** The caller's end of a WebSocket, frame by frame. */
export class RpcSocket {
  readonly #socket: WebSocket
  readonly #frames: Frame[] = []
  #wake: () => void = () => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)) as Frame)
      this.#wake()
    })
  }

  send(frame: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame }))
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  /** The next frame that comes. */
  async next(): Promise<Frame> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#frames.shift() as Frame
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.close()
    return closed
  }
}
