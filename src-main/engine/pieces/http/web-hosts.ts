import { EngineError } from '../../base/index.ts'
import { isLinkLocal, isPrivate } from './private-addresses.ts'

/**
 * Which web servers may be asked. Whoever may register shards makes this machine send requests, also to servers that
 * only this machine can reach. The list of hosts is what keeps it from that; without one, what remains is that addresses
 * of link-local networks (where clouds keep their metadata) must be named, and that a redirect must not lead into a
 * private network that the URL itself did not name. A name that has a private address must be in the list as it is; that
 * is judged when a connection is made, by its address (`guarded-agent.ts`).
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

/** MOUNT_INVALID when this address, of the URL's host, must not be connected to. Nobody may name all of a domain's. */
export function mayConnect(url: URL, address: string, hosts: readonly string[]): void {
  const host = bareHost(url)
  if (!isPrivate(address) || hosts.some((pattern) => !pattern.trim().startsWith('*.') && matches(url, pattern))) return
  if (isPrivate(host) && !isLinkLocal(address)) return // such as localhost
  throw refused(url, `it has the address ${address}, in a private network; name it in HttpMounts.Hosts to allow that`)
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

/** An IPv6 address without its brackets. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function refused(url: URL, why: string): EngineError {
  return new EngineError('MOUNT_INVALID', `${url.origin} may not be asked for shards: ${why}.`, {
    details: { host: url.host },
  })
}
