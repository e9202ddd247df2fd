import { ERROR_CODES, type ErrorCode, type ErrorKind, type ErrorValue } from '../../../src-shared/errors/index.ts'

export type ErrorDetails = Record<string, string | number | boolean | null>

export interface EngineErrorOptions {
  details?: ErrorDetails
  cause?: unknown
}

/**
 * The one error type of the engine. `message` is a whole sentence for a person: what happened, and why.
 * Inside the engine errors are thrown; at its door they become values (`toValue`).
 */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable
  }

  toValue(): ErrorValue {
    return { code: this.code, kind: this.kind, message: this.message, details: this.details, retryable: this.retryable }
  }

  static fromValue(value: ErrorValue): EngineError {
    return new EngineError(value.code, value.message, { details: value.details })
  }

  /** Whether `error` is an EngineError, of `code` where one is given. */
  static is(error: unknown, code?: ErrorCode): error is EngineError {
    return error instanceof EngineError && (code === undefined || error.code === code)
  }

  /** Any thrown thing as an EngineError: engine errors as they are, aborts as CANCELLED, errno by `fromErrno`, the rest INTERNAL. */
  static from(error: unknown): EngineError {
    if (error instanceof EngineError) return error
    if (isAbort(error)) return new EngineError('CANCELLED', 'The work was cancelled.', { cause: error })
    if (isErrnoException(error)) return fromErrno(error)
    const message = error instanceof Error ? error.message : String(error)
    return new EngineError('INTERNAL', `Unexpected failure: ${message}`, { cause: error })
  }
}

const ERRNO_CODES: Record<string, ErrorCode> = {
  ENOENT: 'FILE_NOT_FOUND',
  ENOTDIR: 'FILE_NOT_FOUND',
  EEXIST: 'FILE_EXISTS',
  EACCES: 'FILE_UNREADABLE',
  EPERM: 'FILE_UNREADABLE',
  EISDIR: 'NOT_A_FILE',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EMFILE: 'TOO_MANY_OPEN_FILES',
  ENFILE: 'TOO_MANY_OPEN_FILES',
  ECONNREFUSED: 'PEER_UNAVAILABLE',
  ECONNRESET: 'PEER_UNAVAILABLE',
  ETIMEDOUT: 'PEER_UNAVAILABLE',
  EHOSTUNREACH: 'PEER_UNAVAILABLE',
  ENOTFOUND: 'PEER_UNAVAILABLE',
  EPIPE: 'PEER_UNAVAILABLE',
}

const ERRNO_TEXT: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EEXIST: 'exists already',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EISDIR: 'is a folder',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the disk quota is used up',
  EMFILE: 'cannot be opened: too many files are open',
  ENFILE: 'cannot be opened: too many files are open',
}

/** The one place that maps errno to codes. `path` overrides the exception's own. */
export function fromErrno(error: NodeJS.ErrnoException, path: string | undefined = error.path): EngineError {
  const errno = error.code ?? 'UNKNOWN'
  const code = ERRNO_CODES[errno] ?? 'IO_ERROR'
  const what = ERRNO_TEXT[errno]
  const message =
    path !== undefined && what !== undefined
      ? `${path} ${what}.`
      : `Input or output failed${path === undefined ? '' : ` on ${path}`}: ${error.message}`
  return new EngineError(code, message, { cause: error, details: { errno, path: path ?? null } })
}

export function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

/** Throws CANCELLED when `signal` is aborted. An EngineError given as the abort's reason is thrown as it is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  if (signal.reason instanceof EngineError) throw signal.reason
  throw new EngineError('CANCELLED', 'The work was cancelled.', { cause: signal.reason })
}
