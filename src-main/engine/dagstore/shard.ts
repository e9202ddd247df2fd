import type { ShardView } from '../../../src-shared/contract/index.ts'
import type { EngineError } from '../base/index.ts'
import type { ShardAccessor } from './dagstore-ports.ts'
import type { ShardRecord } from './records/shard-record.ts'
import { NEW_SHARD, type ShardFacts } from './shard-machine.ts'
import { storedState } from './stored-state.ts'
import type { Upgrader } from './transients/upgrader.ts'

/** Somebody who waits for a preparation to end. */
export interface Waiter {
  resolve(): void
  reject(error: EngineError): void
}

/** Somebody who wants an accessor. */
export interface Acquirer {
  readonly signal: AbortSignal | undefined
  resolve(accessor: ShardAccessor): void
  reject(error: EngineError): void
  /** Has waited for a lost index once already. */
  hasWaitedForIndex: boolean
}

// There may be a hundred thousand shards, most of which nothing happens to: what is empty is shared.
const NOBODY: readonly never[] = []
const SETTLED = Promise.resolve()

/** A shard in memory. Its owner is the runner: nobody else changes it. */
export class Shard {
  // immutable
  readonly key: string
  readonly lazy: boolean
  readonly upgrader: Upgrader

  // changed only by the runner
  facts: ShardFacts = NEW_SHARD
  parked: readonly Acquirer[] = NOBODY
  waiters: readonly Waiter[] = NOBODY
  /** The fetching and indexing under way. */
  work: { controller: AbortController; ended: Promise<void> } | null = null
  /** Recoveries begun by itself since the last success. */
  recoverAttempts = 0
  /** For choosing what to collect first. */
  lastUsedMs = 0
  sizeBytes: number | null = null
  indexBytes: number | null = null

  // persisted
  /** The record as it was last written or is being written; compared before it is written again. */
  written: ShardRecord | null = null
  persisted: Promise<void> = SETTLED

  constructor(key: string, lazy: boolean, upgrader: Upgrader) {
    this.key = key
    this.lazy = lazy
    this.upgrader = upgrader
  }

  get record(): ShardRecord {
    return {
      key: this.key,
      url: this.upgrader.mount.url(),
      transientPath: this.upgrader.transientPath,
      lazy: this.lazy,
      ...storedState(this.facts),
    }
  }

  get view(): ShardView {
    const { state, error, readers } = this.facts
    const transientPath = this.upgrader.transientPath
    return {
      key: this.key,
      state,
      error,
      url: this.upgrader.mount.url(),
      lazy: this.lazy,
      transientPath: transientPath === '' ? null : transientPath,
      sizeBytes: this.sizeBytes,
      indexBytes: this.indexBytes,
      readers,
    }
  }
}

export function sameRecord(a: ShardRecord | null, b: ShardRecord): boolean {
  return (
    a !== null &&
    a.stateNumber === b.stateNumber &&
    a.error === b.error &&
    a.transientPath === b.transientPath &&
    a.url === b.url &&
    a.lazy === b.lazy
  )
}
