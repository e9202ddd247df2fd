import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { generalWords } from '../../../../src-shared/errors/index.ts'
import type { Skipped } from './bulk-plan.ts'

export interface RunFailure extends Skipped {
  code: string
}

const CAUSES_SHOWN = 50

/** What became of the shards of a run so far. */
export class RunTally {
  readonly failures: RunFailure[] = []
  #succeeded = 0
  #skipped = 0
  readonly #causes = new Map<string, BulkRunView['failures'][number]>()
  readonly #skips = new Map<string, number>()

  get handled(): number {
    return this.#succeeded + this.failures.length + this.#skipped
  }

  get view(): Pick<BulkRunView, 'succeeded' | 'failed' | 'skipped' | 'failures' | 'skips'> {
    return {
      succeeded: this.#succeeded,
      failed: this.failures.length,
      skipped: this.#skipped,
      failures: [...this.#causes.values()].sort((a, b) => b.count - a.count).slice(0, CAUSES_SHOWN),
      skips: Array.from(this.#skips, ([reason, count]) => ({ reason, count })),
    }
  }

  succeed(count = 1): void {
    this.#succeeded += count
  }

  skip(reason: string, count = 1): void {
    this.#skipped += count
    this.#skips.set(reason, (this.#skips.get(reason) ?? 0) + count)
  }

  fail(key: string, { message, code }: { message: string; code: string }): void {
    const failure = failureOf(key, code, message)
    const { words } = failure
    this.failures.push(failure)
    const cause = this.#causes.get(words)
    if (cause === undefined) this.#causes.set(words, { words, code, example: message, count: 1 })
    else this.#causes.set(words, { ...cause, count: cause.count + 1 })
  }
}

export function failureOf(key: string, code: string, message: string): RunFailure {
  return { key, reason: message, words: generalWords(message), code }
}
