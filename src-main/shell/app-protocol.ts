import { protocol } from 'electron'
import { readRendererFile, SECURITY_HEADERS } from '../host/index.ts'

/** Where the window's page comes from: a scheme of its own, so that it has an origin and the same policy as in a browser. */
export const APP_ORIGIN = 'app://carport'

// Electron wants this before the app is ready.
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
])

export function serveRenderer(rendererDir: string): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url)
    const file =
      url.origin === APP_ORIGIN || url.host === 'carport' ? await readRendererFile(rendererDir, url.pathname) : null
    if (file === null) return new Response(null, { status: 404, headers: SECURITY_HEADERS })
    return new Response(new Uint8Array(file.body), { headers: file.headers })
  })
}
