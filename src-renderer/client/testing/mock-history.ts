import type { ShardDetail, ShardState, ShardView } from '../../../src-shared/contract/index.ts'

const HOUR_MS = 3_600_000

/** What has happened to a shard that is now as `view` says: a failure, a recovery, and what came of it. */
export function mockHistory({ state, error }: ShardView): ShardDetail['attempts'] {
  const start = Date.now() - 5 * HOUR_MS
  const step = (afterMs: number, op: string, next: ShardState, why: string | null = null) => ({
    at: new Date(start + afterMs).toISOString(),
    op,
    state: next,
    error: why,
  })
  const began = [step(0, 'Register', 'New')]
  if (state === 'New') return began
  began.push(step(40, 'Initialize', 'Initializing'))
  if (state === 'Initializing') return began
  if (state !== 'Errored' && state !== 'Recovering') return [...began, step(83_400, 'MakeAvailable', 'Available')]
  const why = error ?? 'The piece cannot be read.'
  const failed = [...began, step(4_300, 'Fail', 'Errored', why), step(4_310, 'Recover', 'Recovering', why)]
  return state === 'Recovering' ? failed : [...failed, step(9_800, 'Fail', 'Errored', why)]
}
