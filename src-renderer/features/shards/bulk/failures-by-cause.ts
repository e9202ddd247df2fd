import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { causeTitle } from '../error-causes.ts'

/** What failed in a run for the same cause, however many different messages told of it. */
export interface FailureCause {
  title: string
  count: number
  /** One message of each sort, the commonest first. */
  messages: BulkRunView['failures']
}

/** The largest group first. */
export function failuresByCause(failures: BulkRunView['failures']): FailureCause[] {
  const causes = new Map<string, FailureCause>()
  for (const failure of failures) {
    const title = causeTitle(failure.example)
    const { count, messages } = causes.get(title) ?? { count: 0, messages: [] }
    causes.set(title, { title, count: count + failure.count, messages: [...messages, failure] })
  }
  return [...causes.values()].sort((a, b) => b.count - a.count)
}
