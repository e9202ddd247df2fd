import type { CID } from 'multiformats/cid'
import type { Clock, Logger, RandomAccessReader } from '../base/index.ts'
import type { DagSource } from '../blockstore/index.ts'
import type { DealProposal, DealStatus } from './deal-protocol.ts'

export interface ListenAddress {
  host: string
  /** 0: any free port. */
  port: number
}

/** What `/deals` needs of the provider role. `secret` is what the client sent as its bearer token with the proposal. */
export interface DealDoor {
  /** Accepts, or answers as before for a proposal it knows. DEAL_REJECTED says why not. */
  propose(proposal: DealProposal, secret: string): Promise<DealStatus>
  /**
   * Status once its revision differs from `knownRevision`, or after `waitMs`. DEAL_NOT_FOUND also for a wrong secret,
   * so that ids cannot be guessed.
   */
  status(
    dealId: string,
    secret: string,
    options: { knownRevision: number | null; waitMs: number; signal?: AbortSignal },
  ): Promise<DealStatus>
  cancel(dealId: string, secret: string): Promise<DealStatus>
}

/** The part of a piece source that `/piece` needs. */
export interface ServedPieces {
  stat(
    pieceCid: CID,
    options?: { signal?: AbortSignal },
  ): Promise<{ state: 'unsealed' | 'sealed-only' | 'missing'; sizeBytes: number | null }>
  open(pieceCid: CID, options?: { signal?: AbortSignal }): Promise<RandomAccessReader>
}

/** What moves to a peer, for the table of transfers. */
export interface OutgoingSpec {
  /** Reads with the same key are one transfer, such as a request id or `<client address> <cid>`. */
  key: string
  kind: 'dag' | 'piece' | 'deal-data'
  /** A root or piece CID. */
  what: string
  counterparty: string
  totalBytes: number | null
  ownerId: string | null
}

/** A read by a peer that is under way. */
export interface OutgoingRead {
  /** Aborted by pause and cancel: the stream has to be cut. */
  readonly signal: AbortSignal
  /** Bytes that the socket has taken since the last call. */
  sent(bytes: number): void
  /** The read has ended; without `error` it was served to its end. */
  release(outcome: { error?: unknown }): void
}

/** Port: is told of every read by a peer, and may refuse it. */
export interface OutgoingLedger {
  /** PEER_UNAVAILABLE while the transfer is paused here, CANCELLED once it was cancelled here. */
  openOutgoing(spec: OutgoingSpec): OutgoingRead
}

export interface ProviderServerPorts {
  clock: Clock
  log: Logger
  transfers: OutgoingLedger
  /** What `/ipfs` serves: the dagstore; null switches it off. */
  dags: DagSource | null
  /** What `/piece` serves; null switches it off. */
  pieces: ServedPieces | null
  /** What `/deals` serves; null switches it off. */
  deals: DealDoor | null
}

export interface ProviderServerConfig {
  listen: ListenAddress
  /** Version of Carport, for `/info`. */
  version: string
  limits?: Partial<ServerLimits>
}

export interface ServerLimits {
  /** Requests under way at once; further ones get 429. Default 256. */
  maxRequests: number
  /** The same for one client address. Default 64. */
  maxRequestsPerClient: number
  /** Longest body of a request that has one. Default 64 KiB. */
  maxBodyBytes: number
  /** A connection on which no byte moves for so long is cut. Default 120 s. */
  stallTimeoutMs: number
}

/** The provider role's listener: `/info`, `/deals`, `/ipfs`, `/piece`. */
export interface ProviderServer {
  /** Base URL, such as http://127.0.0.1:4321; null while it does not listen. */
  readonly url: string | null
  /** Listens and returns the base URL. IO_ERROR when the address is taken or not this machine's. */
  start(): Promise<string>
  /** Cuts what is under way and stops. */
  close(): Promise<void>
}
