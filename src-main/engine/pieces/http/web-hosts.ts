import { isIP } from 'node:net'
import { EngineError } from '../../base/index.ts'

/**
 * Which web servers may be asked. Whoever may register shards makes this machine send requests, also to servers that
 * only this machine can reach. The list of hosts is what keeps it from that; without one, what remains is that addresses
 * of link-local networks (where clouds keep their metadata) must be named, and that a redirect must not lead into a
 * private network that the URL itself did not name. Names are not resolved here: a name that leads to a private address
 * is stopped by the list only.
 */

/** MOUNT_INVALID when the settings do not allow this server. */
export function mayBeAsked(url: URL, hosts: readonly string[]): void {
  if (hosts.some((pattern) => matches(url, pattern))) return
  if (hosts.length > 0) throw refused(url, 'it is not among HttpMounts.Hosts')
  if (isLinkLocal(bareHost(url))) throw refused(url, 'link-local addresses must be named in HttpMounts.Hosts')
}

/** MOUNT_INVALID when a redirect leads where it must not. */
export function mayRedirect(from: URL, to: URL, hosts: readonly string[]): void {
  mayBeAsked(to, hosts)
  if (hosts.length > 0 || from.hostname === to.hostname || !isPrivate(bareHost(to))) return
  throw refused(to, `${from.host} redirects there, into a private network; name it in HttpMounts.Hosts to allow that`)
}

/** `host`, `host:port` or `*.domain`. */
function matches(url: URL, pattern: string): boolean {
  const wanted = pattern.trim().toLowerCase()
  if (wanted.startsWith('*.')) return url.hostname.endsWith(wanted.slice(1))
  return url.hostname === wanted || url.host === wanted || `${url.hostname}:${portOf(url)}` === wanted
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}

/** An IPv6 address without its brackets, and one that stands for IPv4 as that. */
function bareHost({ hostname }: URL): string {
  const bare = hostname.replace(/^\[|\]$/g, '')
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare)
  if (mapped === null) return bare
  const high = Number.parseInt(mapped[1] ?? '', 16)
  const low = Number.parseInt(mapped[2] ?? '', 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function isLinkLocal(host: string): boolean {
  return isIP(host) === 4 ? host.startsWith('169.254.') : isIP(host) === 6 && /^fe[89ab]/.test(host)
}

function isPrivate(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  if (isIP(host) === 4) return /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host)
  return isIP(host) === 6 && /^(::1?$|f[cd]|fe[89ab])/.test(host)
}

function refused(url: URL, why: string): EngineError {
  return new EngineError('MOUNT_INVALID', `${url.origin} may not be asked for shards: ${why}.`, {
    details: { host: url.host },
  })
}
