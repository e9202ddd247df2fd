/**
 * How damage in a CAR is reported. `details.offset` is the position in the file where reading went wrong;
 * `details.goCar` is the sentence go-car prints for the same input, for scripts that look for it.
 */
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { EngineError, type ErrorDetails } from '../base/index.ts'

export interface CarErrorFacts {
  /** Position in the file. */
  offset?: number
  /** go-car's message for the same input. */
  goCar?: string
  cause?: unknown
}

export function carError(code: ErrorCode, message: string, facts: CarErrorFacts = {}): EngineError {
  const details: ErrorDetails = {}
  if (facts.offset !== undefined) details.offset = facts.offset
  if (facts.goCar !== undefined) details.goCar = facts.goCar
  return new EngineError(code, message, { details, cause: facts.cause })
}

export function carInvalid(message: string, facts?: CarErrorFacts): EngineError {
  return carError('CAR_INVALID', message, facts)
}

/** The input ends at `offset` bytes although more was announced. */
export function carTruncated(what: string, facts: CarErrorFacts = {}): EngineError {
  return carError('CAR_TRUNCATED', `The CAR ends too early: ${what}.`, { goCar: 'unexpected EOF', ...facts })
}

export function carLimit(message: string, facts?: CarErrorFacts): EngineError {
  return carError('CAR_LIMIT', message, facts)
}

export function indexInvalid(message: string, facts?: CarErrorFacts): EngineError {
  return carError('INDEX_INVALID', message, facts)
}
