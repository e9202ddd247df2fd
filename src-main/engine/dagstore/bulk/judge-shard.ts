import type { BulkVerb } from '../../../../src-shared/contract/index.ts'
import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { MountStat } from '../mount/mount.ts'
import type { Shard } from '../shard.ts'
import { refusalOf } from '../shard-errors.ts'
import type { ShardFacts } from '../shard-machine.ts'

/** The verbs that are done to a shard that is there. */
export type ShardVerb = Exclude<BulkVerb, 'register'>

export const NO_SUCH_SHARD = 'There is no such shard.'
const BUSY = 'It is being prepared already.'

/** Why a shard in this state is passed over; null: it is not. */
export function objectionTo(verb: ShardVerb, { state, readers, recoverOnAcquire }: ShardFacts): string | null {
  const isBusy = state === 'Initializing' || state === 'Recovering'
  const isReady = state === 'Available' || state === 'Serving'
  switch (verb) {
    case 'initialize':
      if (isBusy) return BUSY
      if (state === 'Errored') return 'It failed: recover it instead.'
      return isReady ? 'It is initialized already.' : null
    case 'recover':
      if (isBusy) return BUSY
      if (state === 'New') return 'It was never initialized: initialize it instead.'
      return isReady ? 'It has not failed.' : null
    case 'reindex':
      if (isBusy) return BUSY
      return state === 'New' ? 'It has no index yet: initialize it instead.' : null
    case 'acquire':
      return state === 'Errored' && !recoverOnAcquire ? 'It failed: recover it first.' : null
    case 'destroy':
      return readers > 0 ? 'It is being read.' : null
  }
}

/** Whether a shard has what the verb is for already: one that was under way when the program ended. Throws where it failed. */
export function isDone(verb: BulkVerb, shard: Shard | undefined): boolean {
  if (verb === 'register' || verb === 'destroy') return (shard !== undefined) === (verb === 'register')
  if (shard === undefined || (verb !== 'initialize' && verb !== 'recover')) return false
  const { state } = shard.facts
  if (verb === 'initialize' && state === 'Errored') throw refusalOf(shard, 'SHARD_ERRORED')
  return state === 'Available' || state === 'Serving'
}

/** Whether the verb reads the piece from its source, so that there is no use in it where the source has nothing. */
export function readsSource(verb: ShardVerb, { facts, transientPath }: Shard): boolean {
  if (verb === 'initialize' || verb === 'recover') return true
  if (verb === 'acquire') return facts.state === 'New'
  return verb === 'reindex' && transientPath === ''
}

/** Asks a source: what it says of the piece, and why it is passed over (null: it is not). */
export async function askSource(
  source: { stat(options: { signal?: AbortSignal }): Promise<MountStat> },
  signal: AbortSignal | undefined,
): Promise<{ objection: string | null; sizeBytes: number | null; sealedOnly: boolean }> {
  try {
    const { exists, ready, sizeBytes } = await source.stat({ signal })
    if (!exists) return { objection: 'No source has its data.', sizeBytes, sealedOnly: false }
    return { objection: ready ? null : 'Only a sealed copy exists.', sizeBytes, sealedOnly: !ready }
  } catch (error) {
    throwIfAborted(signal)
    return { objection: EngineError.from(error).message, sizeBytes: null, sealedOnly: false }
  }
}
