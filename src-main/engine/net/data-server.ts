import { createHash, timingSafeEqual } from 'node:crypto'
import type { Logger } from '../base/index.ts'
import { type ByteRange, serveBytes } from './byte-range.ts'
import { DEFAULT_LIMITS, type Exchange, HttpListener, HttpProblem, type Route } from './http-listener.ts'
import { bearerSecret } from './json-body.ts'
import type { ListenAddress, OutgoingLedger, ServerLimits } from './net-ports.ts'
import { servedRead } from './served-read.ts'

/** The bytes of one deal, offered to one provider. */
export interface OfferedData {
  /** The deal. */
  ownerId: string
  /** The root, for the table of transfers. */
  what: string
  /** Bearer token that the provider has to send. */
  secret: string
  sizeBytes: number
  /** v1 piece CID: names the bytes, so that a resumed pull can tell that they are the same. */
  pieceCid: string
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The bytes could not be read, such as when the source file has changed. */
  failed(error: unknown): void
}

/**
 * The client role's listener: `/transfer/{id}` gives the data of a storage deal to the provider that pulls it, with
 * Range, as Boost's and Curio's pullers ask for it. It listens from the first offer on.
 */
export class DataServer {
  readonly #listener: HttpListener
  readonly #address: ListenAddress
  readonly #transfers: OutgoingLedger
  readonly #offers = new Map<string, OfferedData>()

  constructor(options: {
    address: ListenAddress
    transfers: OutgoingLedger
    log: Logger
    limits?: Partial<ServerLimits>
  }) {
    this.#address = options.address
    this.#transfers = options.transfers
    this.#listener = new HttpListener({
      routes: [this.#route()],
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      log: options.log,
    })
  }

  /** Returns the path-less URL of the listener and serves `/transfer/<id>` until `withdraw`. */
  async offer(id: string, data: OfferedData): Promise<string> {
    this.#offers.set(id, data)
    return this.#listener.listen(this.#address)
  }

  /** Further reads get 410, so that a provider knows that trying again is of no use. */
  withdraw(id: string): void {
    this.#offers.delete(id)
  }

  close(): Promise<void> {
    this.#offers.clear()
    return this.#listener.close()
  }

  #route(): Route {
    return {
      prefix: '/transfer',
      methods: ['GET', 'HEAD'],
      errors: 'json',
      handle: (exchange) => this.#serve(exchange),
    }
  }

  async #serve(exchange: Exchange): Promise<void> {
    const offer = this.#offers.get(exchange.path.slice('/transfer/'.length))
    if (offer === undefined) throw new HttpProblem(410, 'These data are not offered any more.')
    if (!sameSecret(bearerSecret(exchange), offer.secret))
      throw new HttpProblem(401, 'The secret of this transfer is missing or wrong.')
    await servedRead(
      exchange,
      this.#transfers,
      {
        key: dealDataKey(offer.ownerId),
        kind: 'deal-data',
        what: offer.what,
        ownerId: offer.ownerId,
        totalBytes: offer.sizeBytes,
      },
      (sent, signal) =>
        serveBytes(
          exchange,
          {
            sizeBytes: offer.sizeBytes,
            etag: `"${offer.pieceCid}"`,
            headers: { 'Content-Type': 'application/vnd.ipld.car; version=1', 'Cache-Control': 'no-store' },
            read: (range) => reportFailure(offer.read(range, signal), signal, offer.failed),
          },
          sent,
        ),
    )
  }
}

/** Key of a deal's outgoing data in the table of transfers. */
export function dealDataKey(dealId: string): string {
  return `deal-data ${dealId}`
}

/** Compares in constant time, whatever the lengths. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return expected !== '' && timingSafeEqual(digest(given), digest(expected))
}

async function* reportFailure(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks
  } catch (error) {
    if (!signal.aborted) failed(error)
    throw error
  }
}
