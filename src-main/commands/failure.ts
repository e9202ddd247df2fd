import { ERROR_CODES, type ErrorCode, type ErrorValue } from '../../src-shared/errors/index.ts'
import type { JsonMode } from './output.ts'

/** Exit codes, the same for every verb. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** An error as the command line prints it; `details` may hold what failed of several items. */
export type Failure = Omit<ErrorValue, 'details' | 'retryable'> & { details: Record<string, unknown> }

/** Thrown by verbs for failures that are the command line's own. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly failure: Failure
  readonly exitCode: number

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; exitCode?: number } = {},
  ) {
    super(message)
    this.failure = { code, kind: ERROR_CODES[code].kind, message, details: options.details ?? {} }
    this.exitCode = options.exitCode ?? EXIT.failed
  }
}

export function usageError(message: string): CommandError {
  return new CommandError('INVALID_ARGUMENT', message, { exitCode: EXIT.usage })
}

export function lostConnection(): CommandError {
  return new CommandError('PEER_UNAVAILABLE', 'The engine stopped before it answered. Start it again and retry.')
}

/** Any thrown thing: ours, the engine's own, the contract's typed error, or a request that the contract refused. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof CommandError) return thrown.failure
  const value = errorValueOf(thrown)
  if (value !== null) return { code: value.code, kind: value.kind, message: value.message, details: value.details }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof Error && thrown.name === 'AbortError') return failure('CANCELLED', 'The work was cancelled.')
  if (isContractError(thrown) && thrown.code === 'BAD_REQUEST')
    return failure('INVALID_ARGUMENT', `An argument is not valid. ${issuesOf(thrown.data)}`.trim())
  return failure('INTERNAL', `Unexpected failure: ${message}`)
}

/** With --json one object on stderr; otherwise the sentence, and the code last. */
export function failureText(failure: Failure, json: JsonMode): string {
  if (json !== 'off') return JSON.stringify({ error: failure })
  const { code, message, details } = failure
  const sentence = `carport: ${message}${code === 'INTERNAL' ? '' : ` (${code})`}`
  // Scripts look for go-car's words on stderr.
  return typeof details.goCar === 'string' ? `${sentence}\n  go-car: ${details.goCar}` : sentence
}

function failure(code: ErrorCode, message: string): Failure {
  return { code, kind: ERROR_CODES[code].kind, message, details: {} }
}

function errorValueOf(thrown: unknown): ErrorValue | null {
  if (typeof thrown !== 'object' || thrown === null) return null
  if ('toValue' in thrown && typeof thrown.toValue === 'function') return thrown.toValue() as ErrorValue
  return isContractError(thrown) && thrown.code === 'ENGINE' ? (thrown.data as ErrorValue) : null
}

/** By its shape: the class of one copy of the library is not that of another. */
function isContractError(thrown: unknown): thrown is Error & { code: string; data: unknown } {
  return thrown instanceof Error && 'code' in thrown && 'data' in thrown && typeof thrown.code === 'string'
}

function issuesOf(data: unknown): string {
  const issues = (data as { issues?: Array<{ message: string; path?: PropertyKey[] }> } | undefined)?.issues ?? []
  return issues.map(({ message, path }) => `${path?.join('.') ?? 'input'}: ${message}.`).join(' ')
}
