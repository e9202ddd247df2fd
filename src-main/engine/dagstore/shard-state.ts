import type { ShardState } from '../../../src-shared/contract/index.ts'

export type { ShardState } from '../../../src-shared/contract/index.ts'

/** The numbers under which states are stored; Lotus' own. */
export const STATE_NUMBERS: Readonly<Record<ShardState, number>> = {
  New: 0,
  Initializing: 1,
  Available: 2,
  Serving: 3,
  Recovering: 0x80,
  Errored: 0xf0,
}

export const SHARD_STATES = Object.keys(STATE_NUMBERS) as ShardState[]

const BY_NUMBER = new Map(SHARD_STATES.map((state) => [STATE_NUMBERS[state], state]))

/** undefined for a number that no version of the dagstore gives a meaning. */
export function stateOfNumber(value: number): ShardState | undefined {
  return BY_NUMBER.get(value)
}
