import { EventEmitter } from 'node:events'

type Handler = (event: unknown, ...given: unknown[]) => unknown

/** `ipcMain`: listeners for what pages send, and one handler a channel for what they ask. */
class IpcMain extends EventEmitter {
  readonly #handlers = new Map<string, Handler>()

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.#handlers.set(channel, handler)
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  /** Called by the web contents. */
  async answer(channel: string, event: unknown, given: unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return handler(event, ...given)
  }
}

export const ipcMain = new IpcMain()
