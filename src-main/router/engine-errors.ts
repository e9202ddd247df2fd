import { ORPCError } from '@orpc/server'
import { EngineError } from '../engine/index.ts'

/** The contract's one typed error, ENGINE, whose data is an ErrorValue. */
export function toContractError(thrown: unknown): ORPCError<string, unknown> {
  if (thrown instanceof ORPCError) return thrown
  const error = EngineError.from(thrown)
  return new ORPCError('ENGINE', { defined: true, message: error.message, data: error.toValue() })
}

/** A stream whose failure crosses the contract as a value, too. */
export async function* withContractErrors<Event>(events: AsyncIterable<Event>): AsyncGenerator<Event, void, void> {
  try {
    yield* events
  } catch (error) {
    throw toContractError(error)
  }
}
