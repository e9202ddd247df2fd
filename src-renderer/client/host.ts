import type { DesktopBridge } from '../../src-shared/transport.ts'

declare global {
  interface Window {
    /** What the preload script of the desktop application puts there. */
    carport?: DesktopBridge
  }
}

/** null in a browser, where there is no preload script. */
export function bridge(): DesktopBridge | null {
  return window.carport ?? null
}
