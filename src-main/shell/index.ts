/** The desktop app: everything that needs Electron. */
export { type DesktopPaths, runDesktop } from './desktop.ts'
