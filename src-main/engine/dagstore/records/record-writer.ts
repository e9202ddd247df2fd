import { EngineError } from '../../base/index.ts'
import { WriteGroups } from '../write-groups.ts'
import { type RecordChange, type ShardRecords, subjectOf } from './shard-records.ts'

/** Writes records in groups, so that many shards that change at once share a sync. Of several changes to one shard within a group the last wins. */
export class RecordWriter {
  readonly #records: ShardRecords
  readonly #before: () => Promise<void>
  readonly #groups = new WriteGroups(() => this.#save())
  #collected = new Map<string, RecordChange>()

  /** `before` makes durable what the records of a group speak of, where it does not go with them. */
  constructor(records: ShardRecords, before: () => Promise<void> = async () => {}) {
    this.#records = records
    this.#before = before
  }

  /** Resolves when the change is durable. */
  write(change: RecordChange): Promise<void> {
    this.#collected.set(subjectOf(change), change)
    return this.#groups.next()
  }

  /** Resolves when everything given so far is durable or has failed. */
  drained(): Promise<void> {
    return this.#groups.drained()
  }

  async #save(): Promise<void> {
    const changes = [...this.#collected.values()]
    this.#collected = new Map()
    try {
      await this.#before()
      await this.#records.save(changes)
    } catch (error) {
      throw EngineError.from(error)
    }
  }
}
