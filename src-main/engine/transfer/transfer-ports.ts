import type { TransferView } from '../../../src-shared/contract/index.ts'
import type { Clock, Logger, Table } from '../base/index.ts'
import type { OutgoingLedger } from '../net/index.ts'
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
  /** An outgoing transfer that nobody reads any more ends after so long. Default 2 s. */
  idleMs?: number
}

export interface RetryPolicy {
  /** Attempts in a row that bring no byte before it is given up. Default 15, as pullers of the field do. */
  attempts: number
  /** The same while nothing has arrived at all: an address that never answered is given up sooner. Default 5. */
  firstAttempts: number
  /** The same for a peer that answers, but not by the protocol. Default 3. */
  protocolAttempts: number
  /** Default 1 s, doubling up to 10 min. */
  firstDelayMs: number
  maxDelayMs: number
}

export type TransferKind = TransferView['kind']
/** Kinds that are received. */
export type IncomingKind = 'dag' | 'deal-data'

/** What an incoming transfer is. */
export interface TransferSpec {
  /** Stable over restarts, so that a resumed transfer finds its row and whether it was paused. */
  id: string
  kind: IncomingKind
  /** A root or piece CID. */
  what: string
  counterparty: string
  doneBytes: number
  totalBytes: number | null
  /** The deal or retrieval that owns it. */
  ownerId: string
}

/** One attempt's hands on its transfer. */
export interface TransferAttempt {
  /** Aborted by pause, cancel, restart and the end of the engine. */
  readonly signal: AbortSignal
  progress(doneBytes: number, totalBytes?: number | null): void
  /** A line for the transfer's log, also its current message. */
  note(message: string): void
  /** Says from whom it comes now. */
  from(counterparty: string): void
}

/** What begins an ended transfer of its kind again. */
export type RestartOwner = (ownerId: string) => Promise<unknown>

/**
 * Every movement, in both directions. Incoming ones are run here: queue, attempts, pause and cancel. Outgoing ones
 * are noted by the servers and obey pause and cancel, too.
 */
export interface Transfers extends OutgoingLedger {
  readonly table: Table<TransferView>
  /** Loads the ended and the paused ones of earlier runs. */
  start(): Promise<void>
  /** Stops all that runs so that it can go on at the next start. */
  close(): Promise<void>

  list(): TransferView[]
  /** TRANSFER_NOT_FOUND when there is none. */
  get(id: string): TransferView
  /** What follows returns the row as it is afterwards, and does nothing where it makes no sense in the row's state. */
  pause(id: string): Promise<TransferView>
  resume(id: string): Promise<TransferView>
  cancel(id: string): Promise<TransferView>
  /** Gives up the attempt under way and begins another; an ended one is begun again by the deal or retrieval it belongs to. */
  restart(id: string): Promise<TransferView>

  /** Live limit of what is received at once; 0: none. */
  setLimit(of: 'retrievals' | 'deals', limit: number): void
  setOwner(kind: IncomingKind, restart: RestartOwner): void

  /**
   * Queues and runs a transfer into this machine: attempts with back-off until one resolves. Rejects with CANCELLED
   * when cancelled, CLOSED when the engine stops, or the last error. Aborting `signal` cancels, or stops when its
   * reason is CLOSED. Never has two attempts of one transfer under way.
   */
  run(
    spec: TransferSpec,
    attempt: (hands: TransferAttempt) => Promise<void>,
    options?: { signal?: AbortSignal },
  ): Promise<void>
  /** Ends the outgoing transfer of a key whose owner has ended; an error makes it failed, or cancelled for CANCELLED. */
  endOutgoing(key: string, error?: unknown): void
}
