import { isIP } from 'node:net'

/**
 * Guards a loopback listener against DNS rebinding: a web page can point a name of its own at 127.0.0.1 and would then
 * read what is served here as if it were its own site. Such requests carry that name in the Host header.
 */
export function hostIsAllowed(hostHeader: string | undefined, boundHost: string): boolean {
  const name = hostNameOf(hostHeader)
  if (name === null) return false
  if (!isLoopback(boundHost)) return true
  return isLoopback(name)
}

/**
 * Whether a provider may fetch data from a URL that a client at an address gave it. A client elsewhere could otherwise
 * have it call services of the provider's own machine.
 */
export function dataUrlIsAllowed(url: string, client: string): boolean {
  const { hostname } = new URL(url)
  return isLoopback(client) || !isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

/** `127.0.0.1:80` -> `127.0.0.1`, `[::1]:80` -> `::1`; null when the header is missing or malformed. */
function hostNameOf(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header ?? '')
  return match?.[1] ?? match?.[2] ?? null
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  if (isIP(host) === 6) return host === '::1' || host.toLowerCase().startsWith('::ffff:127.')
  return host.toLowerCase() === 'localhost'
}
