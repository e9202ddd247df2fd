import type { EngineError } from '../../base/index.ts'
import { WriteGroups } from '../write-groups.ts'
import type { RunRecords, RunRow } from './run-records.ts'

/** Told of each shard of a run what becomes of it, by its place in the plan. */
export interface RunJournal {
  /** Resolves when it is written: nothing is done to a shard before. */
  begun(at: number): Promise<void>
  done(at: number): void
  skipped(at: number, reason: string): void
  failed(at: number, key: string, error: EngineError): void
  /** Writes what was told. */
  flush(): Promise<void>
}

/** Of a run that ends with whoever began it. */
export const NO_JOURNAL: RunJournal = {
  begun: async () => {},
  done() {},
  skipped() {},
  failed() {},
  flush: async () => {},
}

const MAX_MESSAGE = 2000

/** Collects what is told while a row is on its way: many shards share one. */
export class StoredJournal implements RunJournal {
  readonly #records: RunRecords
  readonly #id: string
  readonly #groups = new WriteGroups(() => this.#write())
  #number: number
  #row: RunRow = {}

  /** `number` is that of its next row. */
  constructor(records: RunRecords, id: string, number: number) {
    this.#records = records
    this.#id = id
    this.#number = number
  }

  begun(at: number): Promise<void> {
    this.#row.begun = added(this.#row.begun, at)
    return this.#groups.next()
  }

  done(at: number): void {
    this.#row.done = added(this.#row.done, at)
  }

  skipped(at: number, reason: string): void {
    this.#row.skipped ??= {}
    this.#row.skipped[reason] = added(this.#row.skipped[reason], at)
  }

  failed(at: number, key: string, { code, message }: EngineError): void {
    this.#row.failed ??= []
    this.#row.failed.push([at, key, code, message.slice(0, MAX_MESSAGE)])
  }

  flush(): Promise<void> {
    return Object.keys(this.#row).length === 0 ? this.#groups.drained() : this.#groups.next()
  }

  async #write(): Promise<void> {
    const row = this.#row
    if (Object.keys(row).length === 0) return
    this.#row = {}
    await this.#records.append(this.#id, this.#number++, row)
  }
}

function added(places: number[] | undefined, at: number): number[] {
  if (places === undefined) return [at]
  places.push(at)
  return places
}
