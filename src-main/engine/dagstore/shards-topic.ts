import type {
  AuditEvent,
  InitializeEvent,
  ShardDetail,
  ShardState,
  ShardView,
} from '../../../src-shared/contract/index.ts'
import { type Clock, type LongWorkOptions, throwIfAborted, workEvents } from '../base/index.ts'
import type { Dagstore, GcReport, IndexPage, ShardLookup } from './dagstore-ports.ts'

const SIZES_WAIT_MS = 10_000

/** The dagstore as the contract's topic `shards` puts its questions: one method for each procedure. */
export class ShardsTopic {
  readonly #dagstore: Dagstore
  readonly #clock: Clock

  constructor(dagstore: Dagstore, clock: Clock) {
    this.#dagstore = dagstore
    this.#clock = clock
  }

  get table(): Dagstore['table'] {
    return this.#dagstore.table
  }

  /** Soon after a start it waits until sizes are known, but not for long. */
  async list(input: { state: ShardState | null; failed: boolean }, signal?: AbortSignal): Promise<ShardView[]> {
    const inTime = new AbortController()
    const known = this.#dagstore.sizesKnown.finally(() => inTime.abort())
    await Promise.race([known, this.#clock.sleep(SIZES_WAIT_MS, inTime.signal)]).catch(() => {})
    throwIfAborted(signal)
    return this.#dagstore.list(input)
  }

  detail(key: string, signal?: AbortSignal): Promise<ShardDetail> {
    return this.#dagstore.detail(key, { signal })
  }

  /** Without a URL the key is a piece CID, and the mount is that piece. */
  register(input: { key: string; url: string | null; lazy: boolean }, signal?: AbortSignal): Promise<ShardView> {
    const options = { lazy: input.lazy, signal }
    return input.url === null
      ? this.#dagstore.registerPiece(input.key, options)
      : this.#dagstore.register(input.key, input.url, options)
  }

  initialize(input: { key: string }, signal?: AbortSignal): Promise<ShardView> {
    return this.#dagstore.initialize(input.key, { signal })
  }

  recover(input: { key: string }, signal?: AbortSignal): Promise<ShardView> {
    return this.#dagstore.recover(input.key, { signal })
  }

  reindex(input: { key: string }, signal?: AbortSignal): Promise<ShardView> {
    return this.#dagstore.reindex(input.key, { signal })
  }

  destroy(input: { key: string }): Promise<ShardView> {
    return this.#dagstore.destroy(input.key)
  }

  initializeAll(
    input: { concurrency: number; includeSealed: boolean; dryRun: boolean },
    signal?: AbortSignal,
  ): AsyncGenerator<InitializeEvent, void, void> {
    return this.#dagstore.initializeAll({ ...input, signal })
  }

  gc(input: { dryRun: boolean }): Promise<GcReport> {
    return this.#dagstore.gc(input)
  }

  /** Who stops reading cancels it. */
  async *audit(input: { key: string; full: boolean }, signal?: AbortSignal): AsyncGenerator<AuditEvent, void, void> {
    const work = (options: LongWorkOptions) => this.#dagstore.audit(input.key, { ...options, full: input.full })
    for await (const event of workEvents(work, this.#clock, signal))
      yield event.type === 'progress' ? event : { type: 'done', audit: event.result }
  }

  lookup(cid: string): Promise<ShardLookup[]> {
    return this.#dagstore.lookup(cid)
  }

  indexEntries(input: { key: string; from: number; limit: number }, signal?: AbortSignal): Promise<IndexPage> {
    return this.#dagstore.indexEntries(input.key, { from: input.from, limit: input.limit, signal })
  }
}
