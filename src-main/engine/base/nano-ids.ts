import type { Clock } from './clock.ts'

/**
 * Ids as Lotus makes them for imports and deals: nanoseconds since the epoch, one more for each id. They exceed 2^53
 * and are therefore decimal strings.
 */
export class NanoIds {
  readonly #clock: Clock
  #last = 0n

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): string {
    const now = BigInt(Math.trunc(this.#clock.now())) * 1_000_000n
    this.#last = now > this.#last ? now : this.#last + 1n
    return this.#last.toString()
  }
}

/** When an id of NanoIds was made, as RFC 3339; null for an id of another kind. */
export function timeOfNanoId(id: string): string | null {
  if (!/^\d{18,20}$/.test(id)) return null
  return new Date(Number(BigInt(id) / 1_000_000n)).toISOString()
}
