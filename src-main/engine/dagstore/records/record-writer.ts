import { EngineError } from '../../base/index.ts'
import { type RecordChange, type ShardRecords, subjectOf } from './shard-records.ts'

/**
 * Writes records in groups: while one group is being made durable, the next collects. Of several changes to one shard
 * within a group the last wins. Many shards that change at once therefore share the cost of one sync.
 */
export class RecordWriter {
  readonly #records: ShardRecords
  readonly #before: () => Promise<void>
  #collected = new Map<string, RecordChange>()
  #collecting: Promise<void> | null = null
  #saving: Promise<void> = Promise.resolve()

  /** `before` makes durable what the records of a group speak of. */
  constructor(records: ShardRecords, before: () => Promise<void> = async () => {}) {
    this.#records = records
    this.#before = before
  }

  /** Resolves when the change is durable. */
  write(change: RecordChange): Promise<void> {
    this.#collected.set(subjectOf(change), change)
    this.#collecting ??= this.#saveNext()
    return this.#collecting
  }

  /** Resolves when everything given so far is durable or has failed. */
  async drained(): Promise<void> {
    while (this.#collecting !== null) await this.#collecting.catch(() => {})
    await this.#saving.catch(() => {})
  }

  async #saveNext(): Promise<void> {
    await this.#saving.catch(() => {})
    const changes = [...this.#collected.values()]
    this.#collected = new Map()
    this.#collecting = null
    this.#saving = this.#before().then(() => this.#records.save(changes))
    try {
      await this.#saving
    } catch (error) {
      throw EngineError.from(error)
    }
  }
}
