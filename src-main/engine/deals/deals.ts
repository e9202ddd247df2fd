import { CID } from 'multiformats/cid'
import type { DealView } from '../../../src-shared/contract/index.ts'
import { EngineError, NanoIds } from '../base/index.ts'
import type { DealDoor } from '../net/index.ts'
import { ClientRole } from './client-role.ts'
import { DealBook } from './deal-book.ts'
import { dealIsEnded } from './deal-machine.ts'
import type { Deals, DealsConfig, DealsPorts } from './deal-ports.ts'
import { ProviderRole } from './provider-role.ts'

export function createDeals(ports: DealsPorts, config: DealsConfig): Deals {
  return new DealFace(ports, config)
}

/** Both roles over one book of deals. */
class DealFace implements Deals {
  readonly #ports: DealsPorts
  readonly #book: DealBook
  readonly #client: ClientRole
  readonly #provider: ProviderRole

  constructor(ports: DealsPorts, config: DealsConfig) {
    const ids = new NanoIds(ports.clock)
    this.#ports = ports
    this.#book = new DealBook(ports)
    this.#client = new ClientRole(this.#book, ids, ports, config)
    this.#provider = new ProviderRole(this.#book, ids, ports, config)
    ports.transfers.setOwner('deal-data', (dealId) => this.retry(dealId))
  }

  get table() {
    return this.#book.table
  }

  get door(): DealDoor {
    return this.#provider
  }

  /** Every deal that was under way goes on by itself: each step can be done again. */
  async start(): Promise<void> {
    await this.#book.load()
    await this.#provider.open()
    const live = this.#book.all().filter(({ state }) => !dealIsEnded(state))
    for (const { dealId } of live)
      await this.#book.dispatch(dealId, 'resume', { message: 'Going on after Carport was started again.' })
  }

  async close(): Promise<void> {
    await this.#book.close()
    await this.#provider.close()
    await this.#client.close()
  }

  list(): DealView[] {
    return this.table.rows()
  }

  get(dealId: string): DealView {
    return this.#book.view(dealId)
  }

  async propose(input: { root: string; provider: string | null }): Promise<DealView> {
    const root = parseRoot(input.root)
    if (input.provider === null && this.#ports.ownProvider() === null)
      throw new EngineError(
        'INVALID_ARGUMENT',
        'The provider role of this Carport is switched off. Switch it on, or name another provider.',
      )
    const dag = await this.#ports.dags.open(root)
    if (dag === null)
      throw new EngineError('BLOCK_NOT_FOUND', `Nothing here holds ${root}. Import the data first.`, {
        details: { cid: root.toString() },
      })
    await dag.release()
    return this.get(await this.#client.begin(root, input.provider))
  }

  async wait(dealId: string, signal?: AbortSignal): Promise<DealView> {
    const record = await this.#book.ended(dealId, signal)
    await this.#settled(dealId)
    if (record.state === 'active') return this.get(dealId)
    if (record.error !== null) throw EngineError.fromValue(record.error)
    throw new EngineError('CANCELLED', `Deal ${dealId} was cancelled.`, { details: { dealId } })
  }

  async cancel(dealId: string): Promise<DealView> {
    this.#book.get(dealId)
    if (await this.#book.dispatch(dealId, 'cancel')) await this.#settled(dealId)
    return this.get(dealId)
  }

  async retry(dealId: string): Promise<DealView> {
    if (this.#book.get(dealId).role === 'client') await this.#book.dispatch(dealId, 'retry')
    else await this.#provider.retry(dealId)
    return this.get(dealId)
  }

  async remove(dealId: string): Promise<{ dealId: string }> {
    const record = this.#book.get(dealId)
    await this.#book.remove(dealId)
    if (record.role === 'provider') await this.#provider.forget(record)
    return { dealId }
  }

  /** Sources are released and staging is tidied up. */
  async #settled(dealId: string): Promise<void> {
    await Promise.all([this.#client.settled(dealId), this.#provider.settled(dealId)])
  }

  dealsOfPiece(pieceCid: string): string[] {
    return this.#book.dealsOfPiece(pieceCid)
  }
}

function parseRoot(text: string): CID {
  try {
    return CID.parse(text)
  } catch (cause) {
    throw new EngineError('INVALID_CID', `${text} is not a CID.`, { cause, details: { cid: text } })
  }
}
