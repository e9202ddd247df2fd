import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** How a request proved that it may come in; null: it did not. */
export type Credential = 'bearer' | 'cookie' | null

/**
 * Who may talk to the server. Programs send the admin token. A browser is sent once through `/?t=TICKET`, which is good
 * for one use, and holds a cookie from then on. The cookie is derived from the token, so that a page that is open
 * while the engine starts again on the same port need not be let in anew.
 */
export class Access {
  readonly #token: string
  readonly #cookie: string
  readonly #tickets = new Set<string>()
  #port = 0
  #host = ''

  constructor(token: string) {
    this.#token = token
    this.#cookie = createHmac('sha256', token).update('carport browser session').digest('base64url')
  }

  /** To be called once the server listens. */
  listensAt(host: string, port: number): void {
    this.#host = host
    this.#port = port
  }

  newTicket(): string {
    const ticket = randomBytes(24).toString('base64url')
    this.#tickets.add(ticket)
    return ticket
  }

  /** Whether the ticket is one of ours; it is used up then. */
  redeemTicket(ticket: string): boolean {
    return this.#tickets.delete(ticket)
  }

  /** The Set-Cookie header of a browser that came with a ticket. Cookies do not tell ports apart: the name does. */
  setCookie(): string {
    return `${this.#cookieName()}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`
  }

  /** Whether a text is the admin token. */
  isToken(text: string): boolean {
    return sameSecret(text, this.#token)
  }

  credentialOf(request: IncomingMessage): Credential {
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (bearer !== undefined) return this.isToken(bearer) ? 'bearer' : null
    const cookie = readCookie(request.headers.cookie ?? '', this.#cookieName())
    return cookie !== null && sameSecret(cookie, this.#cookie) ? 'cookie' : null
  }

  /** Against DNS rebinding: a page of another site whose name was pointed at this machine shows in the Host header. */
  isKnownHost(request: IncomingMessage): boolean {
    const match = /^(\[[0-9a-fA-F:]+\]|[^:]+)(?::(\d+))?$/.exec(request.headers.host ?? '')
    if (match?.[1] === undefined || Number(match[2] ?? 80) !== this.#port) return false
    const name = match[1].replace(/^\[|\]$/g, '')
    return name === 'localhost' || name === this.#host || isIP(name) !== 0
  }

  /** Whether a request comes from our own page, or from no page at all (a program with a token). */
  isOwnOrigin(request: IncomingMessage, credential: Credential): boolean {
    const { origin, host } = request.headers
    return origin === undefined ? credential === 'bearer' : origin === `http://${host}`
  }

  #cookieName(): string {
    return `carport_${this.#port}`
  }
}

function readCookie(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return null
}

/** Compares without telling by its time how much is equal. */
function sameSecret(given: string, known: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  return timingSafeEqual(digest(given), digest(known))
}
