import { protocol } from 'electron'
import { readRendererFile, SECURITY_HEADERS } from '../host/index.ts'
import { isOwnPage } from './own-page.ts'

// Electron wants this before the app is ready.
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
])

/** Answers `app://carport/…` with the files of the built window. */
export function serveRenderer(rendererDir: string): void {
  protocol.handle('app', async (request) => {
    const file = isOwnPage(request.url) ? await readRendererFile(rendererDir, new URL(request.url).pathname) : null
    if (file === null) return new Response(null, { status: 404, headers: SECURITY_HEADERS })
    return new Response(new Uint8Array(file.body), { headers: file.headers })
  })
}
