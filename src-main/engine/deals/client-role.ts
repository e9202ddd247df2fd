import { randomBytes, randomUUID } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { EngineError, type NanoIds, retry, throwIfAborted, timestamp } from '../base/index.ts'
import type { OpenDag } from '../blockstore/index.ts'
import { PieceHasher } from '../commp/index.ts'
import {
  DataServer,
  DEAL_PROTOCOL_VERSION,
  DealPeer,
  type DealProposal,
  type DealStatus,
  dealDataKey,
  HttpClient,
} from '../net/index.ts'
import { KeyedWork } from '../transfer/index.ts'
import { type CarView, denseCar } from '../unixfs/index.ts'
import type { DealBook } from './deal-book.ts'
import type { DealEffect, DealEvent } from './deal-machine.ts'
import type { DealsConfig, DealsPorts } from './deal-ports.ts'
import type { ClientDealRecord } from './deal-record.ts'
import { remoteFailure } from './remote-failure.ts'

const PROPOSE_ATTEMPTS = 4
const WATCH_ATTEMPTS = 30
const STATUS_WAIT_SECONDS = 25
const RETRY = { firstDelayMs: 500, maxDelayMs: 60_000, factor: 2 }

interface OfferedDag {
  dag: OpenDag
  view: CarView
}

/**
 * The client's side of deals: computes what the piece will be, proposes it, serves the data while the provider pulls
 * it, and follows the provider's state to the end.
 */
export class ClientRole {
  readonly #book: DealBook
  readonly #ports: DealsPorts
  readonly #client: HttpClient
  readonly #server: DataServer
  readonly #dataUrl: string | undefined
  readonly #work: KeyedWork
  readonly #ids: NanoIds
  /** What is offered, by deal. */
  readonly #offered = new Map<string, OfferedDag>()

  constructor(book: DealBook, ids: NanoIds, ports: DealsPorts, config: DealsConfig) {
    this.#book = book
    this.#ids = ids
    this.#ports = ports
    this.#client = new HttpClient(config.http)
    this.#dataUrl = config.dataUrl
    this.#server = new DataServer({
      address: config.dataListener ?? { host: '127.0.0.1', port: 0 },
      transfers: ports.transfers,
      log: ports.log.child('data-server'),
    })
    this.#work = new KeyedWork()
    book.onEffect('client', (dealId, effect) => this.#perform(dealId, effect))
  }

  /** Makes the record and begins. */
  async begin(root: CID, provider: string | null): Promise<string> {
    const { clock, importOf } = this.#ports
    const at = timestamp(clock)
    const record: ClientDealRecord = {
      ...{ version: 1, role: 'client', dealId: this.#ids.next(), state: 'preparing', root: root.toString() },
      ...{ pieceCid: null, pieceCidV2: null, pieceSize: null, carSize: null, error: null, remoteDealId: null },
      message: 'Computing the piece commitment.',
      createdAt: at,
      updatedAt: at,
      timeline: [{ state: 'preparing', at, message: 'Computing the piece commitment.' }],
      provider,
      proposalId: randomUUID(),
      secret: randomBytes(32).toString('base64url'),
      transferSecret: randomBytes(32).toString('base64url'),
      importId: importOf(root.toString()),
    }
    await this.#book.add(record)
    this.#perform(record.dealId, 'prepare')
    return record.dealId
  }

  /** Resolves when nothing is under way for a deal. */
  settled(dealId: string): Promise<void> {
    return this.#work.settled(dealId)
  }

  async close(): Promise<void> {
    await this.#work.close()
    await this.#server.close()
    for (const dealId of [...this.#offered.keys()]) await this.#withdraw(dealId)
    this.#client.close()
  }

  #perform(dealId: string, effect: DealEffect): void {
    const failed = (error: EngineError) => void this.#book.dispatch(dealId, 'failed', { error })
    switch (effect) {
      case 'abort':
        this.#work.abort(dealId)
        break
      case 'prepare':
        this.#work.start(dealId, (signal) => this.#prepare(dealId, signal), failed)
        break
      case 'propose':
        this.#work.start(dealId, (signal) => this.#propose(dealId, signal), failed)
        break
      case 'watch':
        this.#work.start(dealId, (signal) => this.#watch(dealId, signal), failed)
        break
      case 'withdraw':
        this.#work.start(
          dealId,
          () => this.#withdraw(dealId),
          () => {},
        )
        break
      case 'tell-provider':
        this.#work.detached(() => this.#tellProvider(dealId))
        break
    }
  }

  #record(dealId: string): ClientDealRecord {
    return this.#book.get(dealId) as ClientDealRecord
  }

  /** The same root gives the same bytes, so a commitment that is known is still right. */
  async #prepare(dealId: string, signal: AbortSignal): Promise<void> {
    const record = this.#record(dealId)
    if (record.pieceCid !== null) {
      await this.#book.dispatch(dealId, 'prepared')
      return
    }
    const { dag, view } = await this.#open(record, signal)
    const hasher = new PieceHasher(this.#ports.tasks, { signal })
    const meter = this.#book.meter(dealId)
    try {
      for await (const bytes of view.readRange(0, view.size, { signal })) {
        await hasher.update(bytes)
        const phase = 'Computing the piece commitment'
        meter.report({ phase, doneBytes: hasher.rawSize, totalBytes: view.size })
      }
      const { pieceCid, pieceCidV2, pieceSize, rawSize } = await hasher.finish()
      await this.#book.dispatch<ClientDealRecord>(dealId, 'prepared', {
        patch: {
          pieceCid: pieceCid.toString(),
          pieceCidV2: pieceCidV2?.toString() ?? null,
          pieceSize,
          carSize: rawSize,
        },
      })
    } finally {
      await hasher.abort()
      await dag.release()
    }
  }

  async #propose(dealId: string, signal: AbortSignal): Promise<void> {
    const proposal = await this.#offer(dealId, signal)
    const status = await retry(async () => this.#peer(this.#record(dealId)).propose(proposal, signal), {
      ...{ clock: this.#ports.clock, signal, attempts: PROPOSE_ATTEMPTS, ...RETRY },
      onRetry: (error, _, delayMs) =>
        this.#book.note(dealId, `${error.message} Trying again in ${Math.ceil(delayMs / 1000)} s.`),
    })
    await this.#follow(dealId, status)
  }

  /** Follows the provider until the deal has ended there. */
  async #watch(dealId: string, signal: AbortSignal): Promise<void> {
    const meter = this.#book.meter(dealId)
    let after: number | undefined
    while (true) {
      throwIfAborted(signal)
      const record = this.#record(dealId)
      const status = await retry(
        async () =>
          this.#peer(record).status(record.remoteDealId ?? '', { after, waitSeconds: STATUS_WAIT_SECONDS, signal }),
        {
          ...{ clock: this.#ports.clock, signal, attempts: WATCH_ATTEMPTS, ...RETRY },
          onRetry: (error) => this.#book.note(dealId, `${error.message} Asking again soon.`),
        },
      )
      after = status.revision
      await this.#follow(dealId, status)
      if (status.state === 'active' || status.state === 'failed' || status.state === 'cancelled') return
      this.#book.note(dealId, status.message)
      const phase = 'The provider fetches the data'
      meter.report({ phase, doneBytes: status.receivedBytes, totalBytes: status.totalBytes })
    }
  }

  /** What the provider's state means for ours. */
  async #follow(dealId: string, status: DealStatus): Promise<void> {
    const patch: Partial<ClientDealRecord> = { remoteDealId: status.dealId }
    const event = EVENT_OF[status.state]
    if (event === 'failed') await this.#book.dispatch(dealId, event, { patch, error: remoteFailure(status) })
    else await this.#book.dispatch<ClientDealRecord>(dealId, event, { patch })
  }

  async #offer(dealId: string, signal: AbortSignal): Promise<DealProposal> {
    const record = this.#record(dealId)
    const { root, pieceCid, pieceSize, carSize } = record
    if (pieceCid === null || pieceSize === null || carSize === null)
      throw new EngineError('INTERNAL', 'A deal was proposed before its piece was known.')
    await this.#withdraw(dealId)
    const offered = await this.#open(record, signal)
    this.#offered.set(dealId, offered)
    if (offered.view.size !== carSize)
      throw new EngineError(
        'SOURCE_CHANGED',
        'The data is not what it was when the deal was prepared. Make a new deal.',
      )
    const url = await this.#server.offer(record.proposalId, {
      ownerId: dealId,
      what: root,
      secret: record.transferSecret,
      sizeBytes: carSize,
      pieceCid,
      read: ({ start, end }, stop) => offered.view.readRange(start, end, { signal: stop }),
      failed: (error) => this.#dataFailed(dealId, EngineError.from(error)),
    })
    return {
      version: DEAL_PROTOCOL_VERSION,
      proposalId: record.proposalId,
      ...{ root, pieceCid, pieceSize, carSize },
      transfer: {
        type: 'http',
        url: `${this.#dataUrl ?? url}/transfer/${record.proposalId}`,
        headers: { Authorization: `Bearer ${record.transferSecret}` },
      },
    }
  }

  /** The provider asks again by itself for what could not be read just now; data that has changed is no longer this deal's. */
  #dataFailed(dealId: string, error: EngineError): void {
    if (error.retryable) this.#book.note(dealId, error.message)
    else void this.#book.dispatch(dealId, 'failed', { error })
  }

  async #open(record: ClientDealRecord, signal: AbortSignal): Promise<OfferedDag> {
    const root = CID.parse(record.root)
    const dag = await this.#ports.dags.open(root, { signal })
    if (dag === null)
      throw new EngineError('BLOCK_NOT_FOUND', `Nothing here holds ${root} any more. Import it again to make the deal.`)
    try {
      return { dag, view: await denseCar(dag.blockstore, root, { signal }) }
    } catch (error) {
      await dag.release()
      throw error
    }
  }

  async #withdraw(dealId: string): Promise<void> {
    const record = this.#book.find(dealId)
    if (record !== undefined) {
      this.#server.withdraw(record.proposalId)
      const error = record.error === null ? undefined : EngineError.fromValue(record.error)
      const cancelled = new EngineError('CANCELLED', 'The deal was cancelled.')
      this.#ports.transfers.endOutgoing(dealDataKey(dealId), record.state === 'cancelled' ? cancelled : error)
    }
    const offered = this.#offered.get(dealId)
    this.#offered.delete(dealId)
    await offered?.dag.release()
  }

  /** As well as possible: a provider that does not hear it finds the data gone. */
  async #tellProvider(dealId: string): Promise<void> {
    const record = this.#book.find(dealId)
    if (record?.role !== 'client' || record.remoteDealId === null) return
    try {
      await this.#peer(record).cancel(record.remoteDealId, AbortSignal.timeout(10_000))
    } catch (error) {
      this.#ports.log.info('could not tell the provider that a deal is cancelled', {
        dealId,
        error: EngineError.from(error).message,
      })
    }
  }

  #peer(record: ClientDealRecord): DealPeer {
    const base = record.provider ?? this.#ports.ownProvider()
    if (base === null)
      throw new EngineError(
        'PEER_UNAVAILABLE',
        'The provider role of this Carport is switched off. Switch it on, or name another provider.',
      )
    return new DealPeer(this.#client, base, record.secret)
  }
}

const EVENT_OF: Record<DealStatus['state'], DealEvent> = {
  accepted: 'accepted',
  transferring: 'accepted',
  verifying: 'provider-verifies',
  'handing-off': 'provider-verifies',
  active: 'provider-active',
  failed: 'failed',
  cancelled: 'failed',
}
