/** What the preload script puts on `window.carport`: a message port, and the path behind a dropped file. */
export interface HostBridge {
  post(message: unknown): void
  /** Returns the function that stops listening. */
  onMessage(listener: (message: unknown) => void): () => void
  /** The file's path on this machine; empty for a file that exists only in memory. */
  pathForFile(file: File): string
}

declare global {
  interface Window {
    carport?: HostBridge
  }
}

/** null in a browser, where there is no preload script. */
export function bridge(): HostBridge | null {
  return window.carport ?? null
}
