import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../../base/index.ts'
import { cidOf, dataOf, readCarStream } from '../../car/index.ts'
import { type HttpClient, type PeerResponse, peerProtocol } from '../../net/index.ts'
import type { DagFrontier, WantedBlock } from './dag-frontier.ts'
import { type DagIntake, RepeatLimit } from './dag-intake.ts'

/**
 * Fetches wanted blocks from one trustless gateway: a CAR for each block that may have others below it, several raw
 * blocks at a time for the rest. A CAR that ends early, whether cut or as if it were complete, is no error by itself:
 * what did not come is still wanted, and asked for again (transfers.md 5 and 7).
 */

export interface GatewaySessionOptions {
  /** Base URL, without a slash at the end. */
  url: string
  client: HttpClient
  frontier: DagFrontier
  intake: DagIntake
  /** Sent as X-Request-Id, so that the provider sees one transfer. */
  requestId: string
  signal: AbortSignal
  maxBlockBytes: number
  rawInFlight: number
  onNote(message: string): void
}

const MAX_CID_BYTES = 256
/** A gateway that lacks this many is not asked for more. */
const MAX_LACKING = 256

export class GatewaySession {
  readonly #options: GatewaySessionOptions
  /** Keys of blocks that this gateway does not have. */
  readonly #lacking = new Set<string>()
  #lacked: CID | null = null
  /** How repeats are asked for; some gateways refuse to leave them out. */
  #dups: 'n' | 'y' = 'n'
  #carRefused = false

  constructor(options: GatewaySessionOptions) {
    this.#options = options
  }

  get url(): string {
    return this.#options.url
  }

  /** A block that the gateway was asked for and does not have. */
  get lacked(): CID | null {
    return this.#lacked
  }

  /**
   * Works until nothing is wanted any more, or this gateway has nothing more of it. Throws what ends the session:
   * PEER_UNAVAILABLE, PEER_PROTOCOL, an error of the disk.
   */
  async run(): Promise<void> {
    const { frontier, signal } = this.#options
    try {
      while (frontier.size > 0 && this.#lacking.size < MAX_LACKING) {
        throwIfAborted(signal)
        const { changed } = frontier
        if (await this.#fetchSome()) continue
        // What others fetch may lead to more that this gateway has.
        if (!frontier.hasClaims) return
        await orAborted(changed, signal)
      }
    } finally {
      frontier.release(this)
    }
  }

  async #fetchSome(): Promise<boolean> {
    const { frontier } = this.#options
    const subtree = frontier.claim(this, (block) => this.#asCar(block) && !this.#lacking.has(block.key))
    if (subtree !== null) {
      await this.#fetchCar(subtree)
      frontier.release(this)
      return true
    }
    return this.#fetchRaw()
  }

  #asCar(block: WantedBlock): boolean {
    return !block.isLeaf && !this.#carRefused
  }

  async #fetchCar(block: WantedBlock): Promise<void> {
    const response = await this.#requestCar(block.cid)
    if (response.status !== 200) {
      await this.#refused(block, response)
      return
    }
    if (!/^application\/vnd\.ipld\.car\b/i.test(response.headers['content-type'] ?? '')) {
      response.discard()
      throw peerProtocol(response.origin, 'it does not answer with a CAR: it is not a trustless gateway')
    }
    const taken = await this.#takeCar(response)
    if (taken === 0 && !this.#carRefused) this.#lack(block)
    else if (this.#options.frontier.size > 0)
      this.#options.onNote(`${response.origin} ended its answer before everything was sent; asking for the rest.`)
  }

  async #requestCar(cid: CID): Promise<PeerResponse> {
    const { url, client, signal, requestId } = this.#options
    return client.request(`${url}/ipfs/${cid}?format=car&dag-scope=all&car-order=dfs&car-dups=${this.#dups}`, {
      headers: {
        Accept: `application/vnd.ipld.car;version=1;order=dfs;dups=${this.#dups}`,
        'X-Request-Id': requestId,
      },
      signal,
    })
  }

  /** Takes what comes; returns how many new blocks. Nothing is kept of a peer that sends anything wrong. */
  async #takeCar(response: PeerResponse): Promise<number> {
    const { frontier, intake, maxBlockBytes } = this.#options
    const repeats = new RepeatLimit()
    let taken = 0
    try {
      const stream = await readCarStream(response.chunks(), {
        maxSectionBytes: maxBlockBytes + MAX_CID_BYTES,
        maxHeaderBytes: 1024 * 1024,
      })
      for await (const batch of stream.batches) {
        for (let i = 0; i < batch.count; i++) {
          const cid = cidOf(batch, i)
          const bytes = dataOf(batch, i)
          const outcome = await intake.take(response.origin, cid, bytes, this)
          if (outcome === 'unwanted') {
            this.#unwanted(response, cid)
            return taken
          }
          if (outcome === 'stored') taken++
          // The rest could only be repeats.
          if (frontier.size === 0) return taken
          repeats.note(response.origin, outcome === 'stored', bytes.length)
        }
      }
    } catch (error) {
      throw carError(response.origin, error)
    }
    return taken
  }

  /** A gateway that states no order may send a block before the one that links to it: then blocks are asked for singly. */
  #unwanted(response: PeerResponse, cid: CID): void {
    if (/\border=dfs\b/.test(response.headers['content-type'] ?? ''))
      throw peerProtocol(response.origin, `it sent block ${cid}, which nothing asked for`)
    this.#carRefused = true
    this.#options.onNote(`${response.origin} sends blocks in no order; asking for single blocks instead.`)
  }

  async #refused(block: WantedBlock, response: PeerResponse): Promise<void> {
    const { status } = response
    if (status === 400 || status === 406 || status === 415 || status === 501) {
      const error = await response.error()
      if (this.#dups === 'n') this.#dups = 'y'
      else {
        this.#carRefused = true
        this.#options.onNote(`${error.message} Asking for single blocks instead.`)
      }
    } else if (isAbsent(status)) {
      response.discard()
      this.#lack(block)
    } else throw await response.error()
  }

  /** Several single blocks at once. Returns whether there was any to ask for. */
  async #fetchRaw(): Promise<boolean> {
    const { rawInFlight } = this.#options
    const lanes = Array.from({ length: rawInFlight }, () => this.#rawLane())
    const counts = await Promise.allSettled(lanes)
    for (const result of counts) if (result.status === 'rejected') throw result.reason
    return counts.some((result) => result.status === 'fulfilled' && result.value > 0)
  }

  async #rawLane(): Promise<number> {
    const { frontier, signal } = this.#options
    const wants = (block: WantedBlock) => !this.#asCar(block) && !this.#lacking.has(block.key)
    let count = 0
    for (let block = frontier.claim(this, wants); block !== null; block = frontier.claim(this, wants)) {
      throwIfAborted(signal)
      await this.#fetchBlock(block)
      count++
    }
    return count
  }

  async #fetchBlock(block: WantedBlock): Promise<void> {
    const { url, client, signal, requestId, maxBlockBytes, intake } = this.#options
    const response = await client.request(`${url}/ipfs/${block.cid}?format=raw`, {
      headers: { Accept: 'application/vnd.ipld.raw', 'X-Request-Id': requestId },
      signal,
    })
    if (isAbsent(response.status)) {
      response.discard()
      this.#lack(block)
    } else if (response.status !== 200) throw await response.error()
    else await intake.take(response.origin, block.cid, await response.bytes(maxBlockBytes), null)
  }

  #lack(block: WantedBlock): void {
    this.#lacking.add(block.key)
    this.#lacked = block.cid
    block.claim = null
  }
}

/** Resolves with `event`, or when aborted. */
function orAborted(event: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
    void event.then(done)
    if (signal.aborted) done()
  })
}

function isAbsent(status: number): boolean {
  return status === 404 || status === 410 || status === 412 || status === 451
}

/** What is wrong with a CAR that a peer sends is wrong with the peer. */
function carError(origin: string, error: unknown): unknown {
  if (!EngineError.is(error) || !error.code.startsWith('CAR_')) return error
  if (error.code === 'CAR_TRUNCATED')
    return new EngineError('PEER_UNAVAILABLE', `${origin} ended its CAR in the middle of a block.`, {
      cause: error,
      details: { peer: origin },
    })
  return peerProtocol(origin, `its CAR is invalid. ${error.message}`)
}
