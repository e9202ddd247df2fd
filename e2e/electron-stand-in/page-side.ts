import type { CloneCodec } from './clone-codec.ts'

/**
 * The page's end: `electron` as a preload sees it. Injected as text before any script of a page, so it must not use
 * anything outside itself but its arguments. There is one world; the bridge copies and freezes what crosses it, as
 * Electron does.
 */
export function pageSide(codec: CloneCodec, post: (text: string) => void, preload: string, preloadPath: string): void {
  // biome-ignore lint/suspicious/noExplicitAny: this runs in a page, and is type-checked without one
  const page = globalThis as any
  if (page !== page.top || preload === '') return

  type Listener = (event: unknown, ...given: unknown[]) => void
  const listeners = new Map<string, Listener[]>()
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0

  const ipcRenderer = {
    send: (channel: string, ...given: unknown[]) =>
      post(JSON.stringify({ type: 'send', channel, given: codec.encode(given) })),
    invoke: (channel: string, ...given: unknown[]) =>
      new Promise((resolve, reject) => {
        waiting.set(++lastId, { resolve, reject })
        post(JSON.stringify({ type: 'invoke', id: lastId, channel, given: codec.encode(given) }))
      }),
    on(channel: string, listener: Listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
      return ipcRenderer
    },
    off(channel: string, listener: Listener) {
      listeners.set(
        channel,
        (listeners.get(channel) ?? []).filter((each) => each !== listener),
      )
      return ipcRenderer
    },
  }

  interface FromMain {
    type: 'reply' | 'message'
    id: number
    channel: string
    given: unknown
    value: unknown
    error?: string
  }
  const receive = ({ type, id, channel, given, value, error }: FromMain): void => {
    if (type === 'message') {
      for (const listener of listeners.get(channel) ?? []) listener({}, ...(codec.decode(given) as unknown[]))
      return
    }
    const call = waiting.get(id)
    waiting.delete(id)
    if (error !== undefined) call?.reject(new Error(error))
    else call?.resolve(codec.decode(value))
  }
  Object.defineProperty(page, '__standInReceive', { value: receive })

  /** Functions stay functions; plain values are copied and frozen; files and nodes go through. */
  const bridged = (value: unknown): unknown => {
    if (typeof value === 'function') return (...given: unknown[]) => bridged(value(...given.map(bridged)))
    if (value instanceof Promise) return value.then(bridged)
    if (typeof value !== 'object' || value === null || value instanceof page.Blob || value instanceof page.Node)
      return value
    if (Array.isArray(value)) return value.map(bridged)
    if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bridged(each)])))
  }

  const electron = {
    ipcRenderer,
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) =>
        Object.defineProperty(page, name, { value: bridged(value), enumerable: true }),
    },
    webUtils: {
      getPathForFile(file: unknown): string {
        if (!(file instanceof page.File)) throw new TypeError('not a File')
        const standInPath = ''
        // biome-ignore lint/suspicious/noDebugger: the main side finds the path while this stands still, see web-contents.ts
        debugger
        return standInPath
      },
    },
  }

  const require = (name: string): unknown => {
    if (name === 'electron' || name === 'electron/renderer') return electron
    throw new Error(`module not found: ${name}`)
  }
  const module = { exports: {} }
  const source = `${preload}\n//# sourceURL=${preloadPath}`
  new Function('require', 'module', 'exports', source)(require, module, module.exports)
}
