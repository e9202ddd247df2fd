/** The local HTTP server: the window in a browser, the contract over a WebSocket, uploads. */
export { type HeadlessOptions, startHeadless } from './headless.ts'
export { type RunningServer, type ServerOptions, startServer } from './server.ts'
