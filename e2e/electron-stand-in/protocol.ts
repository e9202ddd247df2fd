type Handler = (request: Request) => Response | Promise<Response>

const handlers = new Map<string, Handler>()

/** `protocol.handle`: pages of a scheme of ours are shown under an http address of Chromium's and answered over CDP. */
export const protocol = {
  registerSchemesAsPrivileged() {},
  handle: (scheme: string, handler: Handler) => void handlers.set(scheme, handler),
  unhandle: (scheme: string) => void handlers.delete(scheme),
  isProtocolHandled: (scheme: string) => handlers.has(scheme),
}

const SUFFIX = 'stand-in.localhost'
export const HANDLED_PAGES = `http://*.${SUFFIX}/*`

/** `app://carport/x` -> `http://carport.app.stand-in.localhost/x`; other addresses as they are. */
export function shownAddress(url: string): string {
  const match = /^([a-z][a-z0-9+-]*):\/\/([^/]*)(.*)$/.exec(url)
  if (match?.[1] === undefined || !handlers.has(match[1])) return url
  return `http://${match[2]}.${match[1]}.${SUFFIX}${match[3] || '/'}`
}

/** The inverse of `shownAddress`. */
export function ownAddress(url: string): string {
  const match = /^http:\/\/(.+)\.([a-z0-9+-]+)\.stand-in\.localhost(.*)$/.exec(url)
  return match === null ? url : `${match[2]}://${match[1]}${match[3]}`
}

export async function answerPage(url: string, init: RequestInit): Promise<Response> {
  const own = ownAddress(url)
  const handler = handlers.get(own.slice(0, own.indexOf(':')))
  return handler === undefined ? new Response(null, { status: 404 }) : handler(new Request(own, init))
}
