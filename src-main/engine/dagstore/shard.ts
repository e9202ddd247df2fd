import type { ShardView } from '../../../src-shared/contract/index.ts'
import type { EngineError } from '../base/index.ts'
import type { ShardAccessor } from './dagstore-ports.ts'
import type { ShardRecord } from './records/shard-record.ts'
import { NEW_SHARD, type ShardFacts } from './shard-machine.ts'
import { STATE_NUMBERS } from './shard-state.ts'
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

/** The part of a record that changes. */
export type WrittenFacts = Pick<ShardRecord, 'stateNumber' | 'error' | 'transientPath'>

/** Where the piece of a shard is read from, as its record says. */
export interface ShardPlace {
  url: string
  transientPath: string
}

export type MakeUpgrader = (key: string, place: ShardPlace) => Upgrader

// There may be a hundred thousand shards, most of which nothing happens to: what is empty is shared.
const NOBODY: readonly never[] = []
const SETTLED = Promise.resolve()
const AVAILABLE: WrittenFacts = { stateNumber: STATE_NUMBERS.Available, error: '', transientPath: '' }

/** A shard in memory. Its owner is the runner: nobody else changes it. */
export class Shard {
  // immutable
  readonly key: string
  readonly lazy: boolean
  /** null: that of the piece which the key names, as of nearly all; it need not be kept a hundred thousand times. */
  readonly #url: string | null
  readonly #makeUpgrader: MakeUpgrader
  /** As recorded; counts until there is an upgrader. */
  readonly #recordedTransient: string
  #upgrader: Upgrader | null = null

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
  /** Why some of its blocks cannot be served although it is Available, as a sentence; null while that is not known. */
  damage: string | null = null
  sizeBytes: number | null = null
  indexBytes: number | null = null

  // persisted
  /** As they were last written or are being written; compared before they are written again. */
  written: WrittenFacts | null = null
  persisted: Promise<void> = SETTLED

  constructor(key: string, lazy: boolean, place: ShardPlace, makeUpgrader: MakeUpgrader) {
    this.key = key
    this.lazy = lazy
    this.#url = place.url === urlOfPiece(key) ? null : place.url
    this.#recordedTransient = place.transientPath
    this.#makeUpgrader = makeUpgrader
  }

  /** Of the mount. */
  get url(): string {
    return this.#url ?? urlOfPiece(this.key)
  }

  /** Reads the piece. Made when it is first needed: of a hundred thousand shards few are read. */
  get upgrader(): Upgrader {
    this.#upgrader ??= this.#makeUpgrader(this.key, { url: this.url, transientPath: this.#recordedTransient })
    return this.#upgrader
  }

  /** Of the local copy; empty when there is none. */
  get transientPath(): string {
    return this.#upgrader?.transientPath ?? this.#recordedTransient
  }

  /** Whether garbage collection could free something here. */
  get hasCollectableTransient(): boolean {
    return (this.#upgrader !== null || this.transientPath !== '') && this.upgrader.collectable
  }

  get record(): ShardRecord {
    return {
      key: this.key,
      url: this.url,
      transientPath: this.transientPath,
      lazy: this.lazy,
      ...storedState(this.facts),
    }
  }

  /** Why it failed, or what it lacks. */
  get error(): string | null {
    return this.facts.error ?? this.damage
  }

  get view(): ShardView {
    const { state, readers } = this.facts
    const { transientPath, error } = this
    return {
      key: this.key,
      state,
      error,
      url: this.url,
      lazy: this.lazy,
      transientPath: transientPath === '' ? null : transientPath,
      sizeBytes: this.sizeBytes,
      indexBytes: this.indexBytes,
      readers,
    }
  }
}

function urlOfPiece(pieceCid: string): string {
  return `lotus://${pieceCid}`
}

/** Of most shards the same, which is kept once. */
export function writtenFacts({ stateNumber, error, transientPath }: ShardRecord): WrittenFacts {
  const facts = { stateNumber, error, transientPath }
  return isSame(facts, AVAILABLE) ? AVAILABLE : facts
}

export function isWritten(shard: Shard, record: ShardRecord): boolean {
  return shard.written !== null && isSame(shard.written, record)
}

function isSame(a: WrittenFacts, b: WrittenFacts): boolean {
  return a.stateNumber === b.stateNumber && a.error === b.error && a.transientPath === b.transientPath
}
