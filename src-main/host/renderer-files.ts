import { open } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

/** One file of the built renderer, ready to be answered over HTTP or Electron's own scheme. */
export interface RendererFile {
  body: Buffer
  headers: Record<string, string>
}

/**
 * On every answer. The page may load only what came with it and speak only to where it came from. Styles may stand in
 * the page: the toasts and scroll locks of our component libraries add style elements at run time.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

/** The file for a URL's path; null where there is none. `/` is index.html. Names under assets/ hold a hash: cached for ever. */
export async function readRendererFile(rendererDir: string, pathname: string): Promise<RendererFile | null> {
  const path = pathInside(rendererDir, pathname === '/' ? '/index.html' : pathname)
  const type = path === null ? undefined : TYPES[extname(path)]
  if (path === null || type === undefined) return null
  const body = await readRegularFile(path)
  if (body === null) return null
  const cache = pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  return { body, headers: { ...SECURITY_HEADERS, 'Content-Type': type, 'Cache-Control': cache } }
}

function pathInside(directory: string, pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  const path = normalize(join(directory, decoded))
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep) ? path : null
}

async function readRegularFile(path: string): Promise<Buffer | null> {
  const handle = await open(path, 'r').catch(() => null)
  if (handle === null) return null
  try {
    return (await handle.stat()).isFile() ? await handle.readFile() : null
  } finally {
    await handle.close()
  }
}
