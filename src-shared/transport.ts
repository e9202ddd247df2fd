/**
 * How the contract travels. In the desktop app: strings over IPC, through the bridge that the preload puts on the
 * window. Elsewhere (browser, command line): a WebSocket of the engine's local server. Both carry oRPC messages.
 */

/** Path of the WebSocket that speaks the contract. A browser is let in by its cookie, a program by `Authorization: Bearer`. */
export const CONTRACT_PATH = '/contract'

/**
 * `PUT /upload?name=NAME&profile=PROFILE` with a file's bytes as the body makes a self-contained import, and answers an
 * ImportView. With `&as=file` the bytes are kept as they are for a while, and the answer is `{path}`. Or an ErrorValue.
 */
export const UPLOAD_PATH = '/upload'

/**
 * `GET` or `HEAD /file?root=ROOT&path=PATH`: the bytes of a file that an import, a retrieval or a shard holds, with Range.
 * Or an ErrorValue. Bulk bytes do not go over the contract.
 */
export const FILE_PATH = '/file'

/** The IPC channel of the desktop app, in both directions. Messages to the page are numbered from 1 on. */
export const CONTRACT_CHANNEL = 'carport:contract'

/** Back to the main process: the number of the last message that the page has read. Electron itself says nothing of it. */
export const READ_CHANNEL = 'carport:read'

/** `window.carport` in the desktop app: what the sandboxed preload exposes, and all that it exposes. */
export interface DesktopBridge {
  /** Sends one oRPC message to the main process. */
  post(message: string): void
  /** Gets every oRPC message from the main process. Returns the function that stops listening. */
  onMessage(listener: (message: string) => void): () => void
  /** The path of a dropped or picked file; '' for one that is not on disk. */
  pathForFile(file: unknown): string
}
