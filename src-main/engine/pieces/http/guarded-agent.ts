import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { mayConnect, type WebRules } from './web-hosts.ts'

type Answer = (error: Error | null, addresses: LookupAddress[]) => void

/** Says which addresses a name has, as `dns.lookup` does. */
export type Lookup = (name: string, options: LookupOptions & { all: true }, answer: Answer) => void

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Connections to web servers, to allowed addresses only. What is judged is the very address that is then connected to,
 * so a name that changes its meaning between two questions gains nothing.
 */
export function guardedAgent(rules: WebRules, lookup: Lookup = dnsLookup): Agent {
  return new Agent({
    connect: (options, callback) => {
      const { protocol, hostname, port } = options
      const url = new URL(`${protocol}//${hostname.includes(':') ? `[${hostname.replace(/[[\]]/g, '')}]` : hostname}`)
      url.port = port
      const connect = buildConnector({
        timeout: CONNECT_TIMEOUT_MS,
        lookup: (name: string, wanted: LookupOptions, answer: unknown) =>
          lookUp(lookup, name, wanted, (address) => mayConnect(url, address, rules), answer as LooseAnswer),
      } as buildConnector.BuildOptions)
      connect(options, callback)
    },
  })
}

/** As `net` wants it: one address, or with `all` a list of them. */
type LooseAnswer = (error: Error | null, address?: string | LookupAddress[], family?: number) => void

function lookUp(
  lookup: Lookup,
  name: string,
  wanted: LookupOptions,
  assertAllowed: (address: string) => void,
  answer: LooseAnswer,
): void {
  lookup(name, { ...wanted, all: true }, (error, found) => {
    if (error !== null) return answer(error)
    let refusal: Error | null = null
    const allowed = found.filter(({ address }) => {
      try {
        assertAllowed(address)
        return true
      } catch (thrown) {
        refusal = thrown as Error
        return false
      }
    })
    const [first] = allowed
    if (first === undefined) return answer(refusal ?? new Error(`${name} has no address`))
    if (wanted.all === true) return answer(null, allowed)
    return answer(null, first.address, isIP(first.address))
  })
}
