import { statSync } from 'node:fs'
import type { BackingFile, EngineError } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import type { CarIndex } from '../car/index.ts'

/** A shard's CAR and index, open. */
export interface OpenedShard {
  readonly blockstore: Blockstore
  readonly index: CarIndex
  /** What is to be said of its CAR where that was cut after it was indexed; null where it is whole. */
  cut(): Promise<EngineError | null>
  /** The file read from; null where the bytes are not on this machine. */
  readonly file: BackingFile | null
  /** Closes CAR and index. */
  close(): Promise<void>
}

interface Entry {
  opened: OpenedShard
  users: number
  /** No longer handed out: closed when the last user leaves. */
  dropped: boolean
}

/** One use of an opened shard. */
export interface OpenUse {
  readonly opened: OpenedShard
  end(): void
}

interface Opening {
  controller: AbortController
  waiting: number
  entry: Promise<Entry>
}

/**
 * Shards that are open: one opening for all readers of a shard, and a number of shards that nobody reads at the moment
 * kept open for the next reader. What is closed under a reader's hands is impossible: uses are counted.
 */
export class OpenShards {
  readonly #entries = new Map<string, Entry>()
  readonly #opening = new Map<string, Opening>()
  /** Entries without users, those idle for longest first. */
  readonly #idle = new Map<string, Entry>()
  #maxIdle: number

  constructor(maxIdle: number) {
    this.#maxIdle = maxIdle
  }

  set maxIdle(value: number) {
    this.#maxIdle = value
    this.#closeSurplus()
  }

  /** An opened shard for one more user, at once, where there is one and its file is still the same. */
  take(key: string): OpenUse | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (entry.users === 0 && !isUnchanged(entry.opened)) {
      this.drop(key)
      return null
    }
    return this.#use(key, entry)
  }

  /** As `take`, opening it first if needed; many callers share one opening, which ends when all of them give up. */
  open(key: string, open: (signal: AbortSignal) => Promise<OpenedShard>, signal?: AbortSignal): Promise<OpenUse> {
    const ready = this.take(key)
    if (ready !== null) return Promise.resolve(ready)
    const opening = this.#opening.get(key) ?? this.#start(key, open)
    opening.waiting++
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        opening.waiting--
        if (opening.waiting === 0) this.#giveUp(key, opening, signal?.reason)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      opening.entry
        .then((entry) => {
          const use = this.#use(key, entry)
          if (signal?.aborted === true) use.end()
          else resolve(use)
        }, reject)
        .finally(() => signal?.removeEventListener('abort', onAbort))
    })
  }

  /** The next reader opens anew: the index or the bytes have changed. */
  drop(key: string): void {
    const entry = this.#entries.get(key)
    this.#opening.delete(key)
    this.#entries.delete(key)
    this.#idle.delete(key)
    if (entry === undefined) return
    entry.dropped = true
    if (entry.users === 0) void entry.opened.close().catch(() => {})
  }

  /** Ends every opening that is under way. */
  abortOpening(reason: unknown): void {
    for (const { controller } of this.#opening.values()) controller.abort(reason)
  }

  /** Closes all that nobody reads; what is read is closed when its readers leave. */
  close(): void {
    for (const key of [...this.#entries.keys()]) this.drop(key)
  }

  #start(key: string, open: (signal: AbortSignal) => Promise<OpenedShard>): Opening {
    const controller = new AbortController()
    const opening: Opening = {
      controller,
      waiting: 0,
      entry: open(controller.signal).then((opened) => {
        const entry: Entry = { opened, users: 0, dropped: this.#opening.get(key) !== opening }
        if (entry.dropped) {
          if (opening.waiting === 0) void opened.close().catch(() => {})
        } else {
          this.#opening.delete(key)
          this.#entries.set(key, entry)
          this.#idle.set(key, entry)
        }
        return entry
      }),
    }
    opening.entry.catch(() => {
      if (this.#opening.get(key) === opening) this.#opening.delete(key)
    })
    this.#opening.set(key, opening)
    return opening
  }

  /** Nobody joins it any more: who comes now would be told that somebody else gave up. */
  #giveUp(key: string, opening: Opening, reason: unknown): void {
    if (this.#opening.get(key) === opening) this.#opening.delete(key)
    opening.controller.abort(reason)
  }

  #use(key: string, entry: Entry): OpenUse {
    if (this.#idle.get(key) === entry) this.#idle.delete(key)
    entry.users++
    let ended = false
    return {
      opened: entry.opened,
      end: () => {
        if (ended) return
        ended = true
        entry.users--
        if (entry.users > 0) return
        if (entry.dropped) void entry.opened.close().catch(() => {})
        else this.#idle.set(key, entry)
        this.#closeSurplus()
      },
    }
  }

  #closeSurplus(): void {
    for (const key of this.#idle.keys()) {
      if (this.#idle.size <= this.#maxIdle) return
      this.drop(key)
    }
  }
}

function isUnchanged({ file }: OpenedShard): boolean {
  if (file === null) return true
  const now = statSync(file.path, { throwIfNoEntry: false })
  return now !== undefined && now.size === file.size && now.mtimeMs === file.mtimeMs
}
