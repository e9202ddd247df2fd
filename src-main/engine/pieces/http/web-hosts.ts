import { EngineError } from '../../base/index.ts'
import { isLinkLocal, isPrivate } from './private-addresses.ts'

/**
 * Which web servers may be asked. A server that is asked for shards is named by whoever may register them, and may be
 * one that only this machine can reach: the list of hosts is what keeps it from that. Without one, what remains is that
 * addresses of link-local networks (where clouds keep their metadata) must be named, and that a redirect must not lead
 * into a private network that the URL itself did not name. Piece servers are named in the settings and may be anywhere;
 * what they redirect to is judged in the same way. A name that has a private address must be in the list as it is; that
 * is judged when a connection is made, by its address (`guarded-agent.ts`).
 */
export interface WebRules {
  /** `host`, `host:port` or `*.domain`. */
  readonly hosts: readonly string[]
  /** Whether no others may be asked. */
  readonly noOthers: boolean
  /** The setting that names the hosts. */
  readonly setting: string
  /** Of the errors: whose fault it is, of the URL or of the server that redirects. */
  readonly code: 'MOUNT_INVALID' | 'PEER_PROTOCOL'
}

/** Throws when the settings do not allow this server. */
export function mayBeAsked(url: URL, rules: WebRules): void {
  const { hosts, noOthers, setting } = rules
  if (isAmong(hosts, url)) return
  if (noOthers) throw refused(url, rules, `it is not among ${setting}`)
  if (isLinkLocal(bareHost(url))) throw refused(url, rules, `link-local addresses must be named in ${setting}`)
}

/** Throws when a redirect leads where it must not. */
export function mayRedirect(from: URL, to: URL, rules: WebRules): void {
  mayBeAsked(to, rules)
  const { hosts, setting } = rules
  if (isAmong(hosts, to) || from.hostname === to.hostname || !isPrivate(bareHost(to))) return
  throw refused(to, rules, `${from.host} redirects there, into a private network; name it in ${setting} to allow that`)
}

/** Throws when this address, of the URL's host, must not be connected to. Nobody may name all of a domain's. */
export function mayConnect(url: URL, address: string, rules: WebRules): void {
  const { hosts, setting } = rules
  const host = bareHost(url)
  const named = hosts.filter((pattern) => !pattern.trim().startsWith('*.'))
  if (!isPrivate(address) || isAmong(named, url)) return
  if (isPrivate(host) && !isLinkLocal(address)) return // such as localhost
  throw refused(url, rules, `it has the address ${address}, in a private network; name it in ${setting} to allow that`)
}

/** The pattern that matches this server and no other. */
export function patternOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`
}

function isAmong(hosts: readonly string[], url: URL): boolean {
  return hosts.some((pattern) => matches(url, pattern))
}

/** `host`, `host:port` or `*.domain`. */
function matches(url: URL, pattern: string): boolean {
  const wanted = pattern.trim().toLowerCase()
  if (wanted.startsWith('*.')) return url.hostname.endsWith(wanted.slice(1))
  return url.hostname === wanted || patternOf(url) === wanted
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}

/** An IPv6 address without its brackets. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function refused(url: URL, { code }: WebRules, why: string): EngineError {
  return new EngineError(code, `${url.origin} may not be asked: ${why}.`, {
    details: { host: url.host },
  })
}
