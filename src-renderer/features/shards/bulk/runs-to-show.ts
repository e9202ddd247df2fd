import type { BulkRunView } from '../../../../src-shared/contract/index.ts'

const ENDED_SHOWN = 3

/** Newest first; those that go on before those that ended. */
export function runsToShow(runs: readonly BulkRunView[]): BulkRunView[] {
  const newestFirst = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  const ended = newestFirst.filter(({ endedAt }) => endedAt !== null)
  return [...newestFirst.filter(({ endedAt }) => endedAt === null), ...ended.slice(0, ENDED_SHOWN)]
}
