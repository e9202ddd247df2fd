import { createHash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { EngineError, type NanoIds, timestamp } from '../base/index.ts'
import { commitmentAs, type PieceCommitment } from '../commp/index.ts'
import { type DealDoor, type DealProposal, type DealStatus, HttpClient, sameSecret } from '../net/index.ts'
import { KeyedWork, pullPiece } from '../transfer/index.ts'
import { checkProposal } from './check-proposal.ts'
import type { DealBook } from './deal-book.ts'
import type { DealEffect } from './deal-machine.ts'
import type { DealsConfig, DealsPorts } from './deal-ports.ts'
import type { ProviderDealRecord } from './deal-record.ts'
import { RemoteStatuses } from './remote-statuses.ts'
import { Staging } from './staging.ts'

const DEFAULT_MIN_FREE_BYTES = 64 * 1024 * 1024

/**
 * The provider's side of deals: takes proposals, pulls the data into staging while computing its commitment, compares
 * it with what was proposed, and hands the piece over.
 */
export class ProviderRole implements DealDoor {
  readonly #book: DealBook
  readonly #ports: DealsPorts
  readonly #client: HttpClient
  readonly #staging: Staging
  readonly #work = new KeyedWork()
  readonly #ids: NanoIds
  readonly #statuses: RemoteStatuses
  /** Deal by proposal. */
  readonly #byProposal = new Map<string, string>()
  /** What was computed of the data, between `pulled` and `compare`. */
  readonly #pulled = new Map<string, PieceCommitment>()
  /** Proposals that are being written down. */
  readonly #accepting = new Map<string, Promise<unknown>>()
  #opened: () => void = () => {}
  readonly #ready = new Promise<void>((resolve) => {
    this.#opened = resolve
  })
  #closed = false

  constructor(book: DealBook, ids: NanoIds, ports: DealsPorts, config: DealsConfig) {
    this.#book = book
    this.#ids = ids
    this.#ports = ports
    this.#client = new HttpClient(config.http)
    this.#staging = new Staging(config.stagingDirectory, config.minFreeBytes ?? DEFAULT_MIN_FREE_BYTES)
    this.#statuses = new RemoteStatuses(book, ports.clock)
    book.onEffect('provider', (dealId, effect) => this.#perform(dealId, effect))
  }

  /** Removes stale staging files and lets proposals in; the book has been loaded. */
  async open(): Promise<void> {
    const deals = this.#book.all().filter((deal): deal is ProviderDealRecord => deal.role === 'provider')
    for (const deal of deals) this.#byProposal.set(deal.proposalId, deal.dealId)
    const keep = deals.filter(({ state }) => state !== 'active' && state !== 'cancelled')
    const removed = await this.#staging.open(new Set(keep.map(({ dealId }) => dealId)))
    if (removed.length > 0) this.#ports.log.info('removed staged files of no deal', { files: removed.length })
    this.#opened()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#opened()
    this.#statuses.close()
    await this.#work.close()
    this.#client.close()
  }

  async propose(proposal: DealProposal, secret: string): Promise<DealStatus> {
    await this.#ready
    this.#requireOpen()
    // One at a time for each proposal: a client that heard no answer asks again.
    const before = this.#accepting.get(proposal.proposalId) ?? Promise.resolve()
    const accepting = before.then(() => this.#accept(proposal, secret))
    const settled = accepting.then(
      () => {},
      () => {},
    )
    this.#accepting.set(proposal.proposalId, settled)
    try {
      const dealId = await accepting
      return this.#statuses.of(dealId)
    } finally {
      if (this.#accepting.get(proposal.proposalId) === settled) this.#accepting.delete(proposal.proposalId)
    }
  }

  async status(
    dealId: string,
    secret: string,
    options: { knownRevision: number | null; waitMs: number; signal?: AbortSignal },
  ): Promise<DealStatus> {
    await this.#ready
    this.#requireOpen()
    this.#authorized(dealId, secret)
    return this.#statuses.next(dealId, options)
  }

  async cancel(dealId: string, secret: string): Promise<DealStatus> {
    await this.#ready
    this.#requireOpen()
    this.#authorized(dealId, secret)
    await this.#book.dispatch(dealId, 'cancel', { message: 'Cancelled by the client.' })
    return this.#statuses.of(dealId)
  }

  /** Forgets a deal that the book has removed. */
  async forget(record: ProviderDealRecord): Promise<void> {
    this.#byProposal.delete(record.proposalId)
    this.#statuses.forget(record.dealId)
    await this.#staging.remove(record.dealId)
  }

  /** Resolves when nothing is under way for a deal. */
  settled(dealId: string): Promise<void> {
    return this.#work.settled(dealId)
  }

  /** Begins a failed or cancelled deal again, where it can go on. */
  async retry(dealId: string): Promise<void> {
    const event = this.#record(dealId).handOffBegun ? 'retry-hand-off' : 'retry'
    await this.#book.dispatch(dealId, event)
  }

  async #accept(proposal: DealProposal, secret: string): Promise<string> {
    const known = this.#byProposal.get(proposal.proposalId)
    if (known !== undefined) return this.#proposedAgain(known, proposal, secret)
    const { root, pieceCid } = checkProposal(proposal)
    await this.#staging.requireSpace(proposal.carSize)
    const at = timestamp(this.#ports.clock)
    const record: ProviderDealRecord = {
      ...{ version: 1, role: 'provider', dealId: this.#ids.next(), state: 'accepted', error: null },
      ...{ root: root.toString(), pieceCid: pieceCid.toString(), pieceCidV2: null },
      ...{ pieceSize: proposal.pieceSize, carSize: proposal.carSize },
      message: 'Accepted; waiting to fetch the data.',
      createdAt: at,
      updatedAt: at,
      timeline: [{ state: 'accepted', at, message: 'Accepted.' }],
      proposalId: proposal.proposalId,
      secretHash: hashOf(secret),
      transfer: { url: proposal.transfer.url, headers: proposal.transfer.headers },
      handOffBegun: false,
    }
    await this.#book.add(record)
    this.#byProposal.set(record.proposalId, record.dealId)
    this.#ports.log.info('accepted a deal', { dealId: record.dealId, pieceCid: record.pieceCid })
    this.#perform(record.dealId, 'pull')
    return record.dealId
  }

  /** The client has started again or tries again: the same deal goes on, from wherever the data is served now. */
  async #proposedAgain(dealId: string, proposal: DealProposal, secret: string): Promise<string> {
    const record = this.#authorized(dealId, secret)
    const same =
      record.root === proposal.root &&
      record.pieceCid === proposal.pieceCid &&
      record.pieceSize === proposal.pieceSize &&
      record.carSize === proposal.carSize
    if (!same) throw new EngineError('DEAL_REJECTED', 'A proposal of this id, about other data, is known already.')
    const patch = { transfer: { url: proposal.transfer.url, headers: proposal.transfer.headers } }
    const moved = JSON.stringify(patch.transfer) !== JSON.stringify(record.transfer)
    if (record.state === 'failed' || record.state === 'cancelled') {
      await this.#staging.requireSpace(proposal.carSize)
      const event = record.handOffBegun ? 'retry-hand-off' : 'retry'
      await this.#book.dispatch<ProviderDealRecord>(dealId, event, { patch })
    } else if (moved) await this.#book.dispatch<ProviderDealRecord>(dealId, 'moved', { patch })
    return dealId
  }

  #perform(dealId: string, effect: DealEffect): void {
    const failed = (error: EngineError) => void this.#fail(dealId, error)
    switch (effect) {
      case 'abort':
        this.#work.abort(dealId)
        break
      case 'pull':
        this.#work.start(dealId, (signal) => this.#pull(dealId, signal), failed)
        break
      case 'compare':
        this.#work.start(dealId, () => this.#compare(dealId), failed)
        break
      case 'hand-off':
        this.#work.start(dealId, () => this.#handOff(dealId), failed)
        break
      case 'clean':
        this.#work.start(
          dealId,
          () => this.#staging.remove(dealId),
          () => {},
        )
        break
    }
  }

  async #fail(dealId: string, error: EngineError): Promise<void> {
    const cancelled = error.code === 'CANCELLED' && error.details.peer === undefined
    // The user cancelled the transfer, and with it the deal.
    if (cancelled) await this.#book.dispatch(dealId, 'cancel')
    else await this.#book.dispatch(dealId, 'failed', { error })
    if (error.code === 'PIECE_MISMATCH') await this.#staging.remove(dealId)
  }

  async #pull(dealId: string, signal: AbortSignal): Promise<void> {
    const record = this.#record(dealId)
    const { carSize, pieceCid, transfer } = record
    const path = this.#staging.pathOf(dealId)
    let commitment: PieceCommitment | null = null
    await this.#ports.transfers.run(
      {
        id: `deal-${dealId}`,
        kind: 'deal-data',
        what: record.root,
        counterparty: new URL(transfer.url).host,
        doneBytes: 0,
        totalBytes: carSize,
        ownerId: dealId,
      },
      async (hands) => {
        await this.#book.dispatch(dealId, 'begin')
        commitment = await pullPiece({
          ...{ url: transfer.url, headers: transfer.headers, path, sizeBytes: carSize },
          ...{ pieceCid: CID.parse(pieceCid), client: this.#client, tasks: this.#ports.tasks, signal: hands.signal },
          onProgress: (doneBytes) => {
            hands.progress(doneBytes)
            this.#statuses.progress(dealId, doneBytes)
          },
          onNote: (message) => hands.note(message),
        })
      },
      { signal },
    )
    if (commitment !== null) this.#pulled.set(dealId, commitment)
    await this.#book.dispatch(dealId, 'pulled')
  }

  async #compare(dealId: string): Promise<void> {
    const record = this.#record(dealId)
    const computed = this.#pulled.get(dealId)
    this.#pulled.delete(dealId)
    if (computed === undefined) throw new EngineError('INTERNAL', 'A deal was compared before its data was there.')
    const proven = commitmentAs(computed, CID.parse(record.pieceCid))
    if (proven === null || proven.pieceSize !== record.pieceSize)
      throw new EngineError(
        'PIECE_MISMATCH',
        `The data is piece ${computed.pieceCid}, but the proposal says it is ${record.pieceCid}. Nothing of it was kept.`,
        { details: { computed: computed.pieceCid.toString(), proposed: record.pieceCid, rawSize: computed.rawSize } },
      )
    await this.#book.dispatch<ProviderDealRecord>(dealId, 'verified', {
      patch: { pieceCidV2: proven.pieceCidV2?.toString() ?? null, handOffBegun: true },
    })
  }

  async #handOff(dealId: string): Promise<void> {
    const { root, pieceCid, pieceCidV2, pieceSize, carSize } = this.#record(dealId)
    await this.#ports.handOff({
      dealId,
      root: CID.parse(root),
      pieceCid: CID.parse(pieceCid),
      pieceCidV2: pieceCidV2 === null ? null : CID.parse(pieceCidV2),
      path: this.#staging.pathOf(dealId),
      pieceSize,
      carSize,
    })
    await this.#staging.remove(dealId)
    await this.#book.dispatch(dealId, 'handed-off')
  }

  #record(dealId: string): ProviderDealRecord {
    return this.#book.get(dealId) as ProviderDealRecord
  }

  #authorized(dealId: string, secret: string): ProviderDealRecord {
    const record = this.#book.find(dealId)
    if (record?.role !== 'provider' || !sameSecret(hashOf(secret), record.secretHash))
      throw new EngineError('DEAL_NOT_FOUND', 'There is no such deal.')
    return record
  }

  #requireOpen(): void {
    if (this.#closed) throw new EngineError('PEER_UNAVAILABLE', 'This provider is stopping.')
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
