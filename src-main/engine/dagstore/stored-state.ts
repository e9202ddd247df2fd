import { type ShardState, STATE_NUMBERS, stateOfNumber } from './shard-state.ts'

/** How the state of a shard is written down, and read again. */
export interface StoredState {
  stateNumber: number
  /** Empty where there is none. */
  error: string
}

/**
 * Go's dagstore reads a record that says Recovering, and then waits for ever for a recovery that nobody began. So a
 * recovery under way is written as the failure that it mends, with these words in front: Go can recover it, and here
 * it is known again.
 */
const RECOVERING = 'recovery under way: '

/** Who reads a shard does not outlive the process: what is read is stored as Available. */
export function storedState({ state, error }: { state: ShardState; error: string | null }): StoredState {
  if (state === 'Recovering') return { stateNumber: STATE_NUMBERS.Errored, error: RECOVERING + (error ?? '') }
  return { stateNumber: STATE_NUMBERS[state === 'Serving' ? 'Available' : state], error: error ?? '' }
}

/** `state` is undefined for a number that no version of the dagstore gives a meaning. */
export function stateOfStored({ stateNumber, error }: StoredState): StoredState & { state: ShardState | undefined } {
  if (stateNumber === STATE_NUMBERS.Errored && error.startsWith(RECOVERING))
    return { state: 'Recovering', stateNumber, error: error.slice(RECOVERING.length) }
  return { state: stateOfNumber(stateNumber), stateNumber, error }
}
