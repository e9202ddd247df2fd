import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import type { RunRecords } from './run-records.ts'
import { failureOf, type RunFailure } from './run-tally.ts'

/** A run that has ended, as its records have it. */
export class PastRun {
  readonly isActive = false
  readonly view: BulkRunView
  readonly #records: RunRecords

  constructor(view: BulkRunView, records: RunRecords) {
    this.view = view
    this.#records = records
  }

  async failures(): Promise<RunFailure[]> {
    const failures: RunFailure[] = []
    for await (const { failed = [] } of this.#records.rows(this.view.id))
      for (const [, key, code, message] of failed) failures.push(failureOf(key, code, message))
    return failures
  }
}
