import type { MigrationRecord } from '../../../src-shared/contract/index.ts'
import { type Clock, timestamp } from '../base/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'

interface StoredRecord {
  version: 1
  record: MigrationRecord
}

const MAX_FAILURES = 100
/** Migrations are few; the oldest go when there are more. */
const MAX_RECORDS = 50

/** What migrations did, newest first. A run that a crash ended is found again as interrupted. */
export class MigrationRecords {
  readonly #records: JsonRecords<StoredRecord>
  readonly #clock: Clock
  #list: Array<{ id: string; record: MigrationRecord }> = []

  constructor(store: Store, clock: Clock) {
    this.#records = new JsonRecords(store, '/migration')
    this.#clock = clock
  }

  async load(): Promise<void> {
    const found: Array<{ id: string; record: MigrationRecord }> = []
    for await (const [id, { record }] of this.#records.entries())
      found.push({ id, record: { ...record, unreadable: record.unreadable ?? 0 } }) // records of before it was counted
    this.#list = found.reverse()
    for (const { id, record } of this.#list)
      if (record.state === 'running') {
        record.state = 'interrupted'
        await this.#save(id, record)
      }
  }

  list(): MigrationRecord[] {
    return this.#list.map(({ record }) => ({ ...record, failures: [...record.failures] }))
  }

  async begin(source: string): Promise<RunningRecord> {
    const startedAt = timestamp(this.#clock)
    const record: MigrationRecord = {
      source,
      state: 'running',
      startedAt,
      endedAt: null,
      ...{ registered: 0, unreadable: 0, present: 0, imported: 0, failures: [], failedCount: 0 },
      error: null,
    }
    // Sorts by time; the number tells two of one millisecond apart.
    const id = `${startedAt}-${String(this.#list.length).padStart(4, '0')}`
    this.#list.unshift({ id, record })
    await this.#save(id, record)
    for (const { id: oldest } of this.#list.splice(MAX_RECORDS)) await this.#records.delete(oldest)
    return new RunningRecord(record, async () => {
      record.endedAt = timestamp(this.#clock)
      await this.#save(id, record)
    })
  }

  #save(id: string, record: MigrationRecord): Promise<void> {
    return this.#records.put(id, { version: 1, record })
  }
}

/** The record of a run that is under way. */
export class RunningRecord {
  readonly #record: MigrationRecord
  readonly #saveEnd: () => Promise<void>

  constructor(record: MigrationRecord, saveEnd: () => Promise<void>) {
    this.#record = record
    this.#saveEnd = saveEnd
  }

  count(what: 'registered' | 'unreadable' | 'present' | 'imported'): void {
    this.#record[what]++
  }

  failed(key: string, error: string): void {
    this.#record.failedCount++
    if (this.#record.failures.length < MAX_FAILURES) this.#record.failures.push({ key, error })
  }

  async end(state: 'done' | 'failed' | 'interrupted', error: string | null = null): Promise<void> {
    this.#record.state = state
    this.#record.error = error
    await this.#saveEnd()
  }
}
