import { EngineError } from '../base/index.ts'
import { type DealProposal, type DealStatus, dealStatus } from './deal-protocol.ts'
import type { HttpClient } from './http-client.ts'
import type { PeerResponse } from './peer-response.ts'

/** The client side of the deal protocol: one provider, one deal. */
export class DealPeer {
  readonly #client: HttpClient
  readonly #base: string
  readonly #headers: Record<string, string>

  /** `secret` proves to the provider, with each request, that the deal is ours. */
  constructor(client: HttpClient, baseUrl: string, secret: string) {
    this.#client = client
    this.#base = baseUrl.replace(/\/+$/, '')
    this.#headers = { Authorization: `Bearer ${secret}` }
  }

  /** DEAL_REJECTED with the provider's reason; a proposal that the provider knows gives the deal it made of it. */
  async propose(proposal: DealProposal, signal?: AbortSignal): Promise<DealStatus> {
    const response = await this.#client.request(`${this.#base}/deals`, {
      method: 'POST',
      headers: { ...this.#headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(proposal),
      signal,
    })
    return this.#status(response)
  }

  /** Answers as soon as the deal's revision differs from `after`, at the latest after `waitSeconds`. */
  async status(
    dealId: string,
    options: { after?: number; waitSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<DealStatus> {
    const { after, waitSeconds = 0, signal } = options
    const query = after === undefined ? '' : `?after=${after}&wait=${waitSeconds}`
    const response = await this.#client.request(`${this.#base}/deals/${dealId}${query}`, {
      headers: this.#headers,
      signal,
      firstByteTimeoutMs: (waitSeconds + 15) * 1000,
    })
    return this.#status(response)
  }

  async cancel(dealId: string, signal?: AbortSignal): Promise<DealStatus> {
    const url = `${this.#base}/deals/${dealId}`
    return this.#status(await this.#client.request(url, { method: 'DELETE', headers: this.#headers, signal }))
  }

  async #status(response: PeerResponse): Promise<DealStatus> {
    if (response.status === 200) return response.json(dealStatus)
    const error = await response.error()
    if (response.status === 404 && !EngineError.is(error, 'DEAL_NOT_FOUND'))
      throw new EngineError('PEER_PROTOCOL', `${response.origin} takes no deals over this protocol.`, {
        details: { peer: response.origin },
      })
    throw error
  }
}
