import type { TransferView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, Table } from '../base/index.ts'
import type { Store } from '../store/index.ts'

/** Ports, configuration and face of the table of all movements of bytes to and from this machine. */

export interface TransfersPorts {
  /** Keeps records under the namespace `/transfers`. */
  store: Store
  clock: Clock
  log: Logger
}

export interface TransfersConfig {
  /** Retrievals that receive at once; 0: no limit. */
  maxConcurrentRetrievals: number
  /** Deals whose data is received at once; 0: no limit. */
  maxConcurrentDeals: number
  /** Ended transfers that are remembered. Default 1000. */
  maxEnded?: number
  /** How a transfer that failed for a passing reason is tried again. */
  retry?: Partial<RetryPolicy>
}

/** Defaults are those that pullers of the field use: 15 attempts, 5 s to 10 min apart, growing by half. */
export interface RetryPolicy {
  /** Attempts in a row that brought no byte. */
  attempts: number
  /** The same while nothing has arrived at all: an address that never answered is given up sooner. */
  firstAttempts: number
  firstDelayMs: number
  maxDelayMs: number
  factor: number
}

export type TransferKind = TransferView['kind']

/** What a transfer is, before it runs. */
export interface TransferSpec {
  /** Stable over restarts, so that a resumed transfer finds its row and whether it was paused. */
  id: string
  kind: TransferKind
  what: string
  counterparty: string
  totalBytes: number | null
  /** The deal or retrieval that owns it. */
  ownerId: string
  /** Begins an ended transfer again: what `restart` does once nothing runs any more. */
  restart(): Promise<unknown>
}

/** One attempt's hands on its transfer. */
export interface TransferAttempt {
  readonly signal: AbortSignal
  /** Attempts before this one in this run. */
  readonly number: number
  progress(doneBytes: number, totalBytes?: number | null): void
  /** A line for the transfer's log, also its current message. */
  note(message: string): void
  /** Says from whom it comes now. */
  from(counterparty: string): void
}

/** An outgoing transfer while peers read from it. */
export interface OutgoingTransfer {
  readonly id: string
  /** Aborted by pause and cancel: the stream under way has to be cut. */
  readonly signal: AbortSignal
  /** Bytes that the socket has taken since the last call. */
  sent(bytes: number): void
  /** This reader has ended; the row ends when no reader came back for a while, at once when `complete`. */
  release(outcome: { complete: boolean; error?: unknown }): void
}

export interface OutgoingSpec {
  /** Reads with the same key are one transfer, such as a request id or `<client address> <cid>`. */
  key: string
  kind: TransferKind
  what: string
  counterparty: string
  totalBytes: number | null
  ownerId: string | null
}

/**
 * Every movement, in both directions. Incoming ones are run here: queue, attempts, pause and cancel. Outgoing ones
 * are noted by the servers and obey pause and cancel, too.
 */
export interface Transfers {
  readonly table: Table<TransferView>
  /** Loads the ended and the paused ones of earlier runs. */
  start(): Promise<void>
  /** Stops all that runs so that it can go on at the next start. */
  close(): Promise<void>

  list(): TransferView[]
  /** TRANSFER_NOT_FOUND when there is none. */
  get(id: string): TransferView
  pause(id: string): Promise<TransferView>
  resume(id: string): Promise<TransferView>
  cancel(id: string): Promise<TransferView>
  restart(id: string): Promise<TransferView>

  /** Live limit of what is received at once; 0: none. */
  setLimit(of: 'retrievals' | 'deals', limit: number): void

  /**
   * Queues and runs a transfer into this machine: attempts with back-off until `attempt` resolves. Rejects with
   * CANCELLED when cancelled, CLOSED when the engine stops, or the last error.
   */
  run(spec: TransferSpec, attempt: (hands: TransferAttempt) => Promise<void>): Promise<void>
  /** Notes a read by a peer. PEER_UNAVAILABLE while the transfer is paused, CANCELLED once it was cancelled. */
  openOutgoing(spec: OutgoingSpec): OutgoingTransfer
  /** Ends the outgoing transfer of a key whose owner has ended. */
  endOutgoing(key: string, error?: unknown): void
}
