/**
 * The closed list of error codes. A code says what happened; its kind says what the caller should do.
 * Every code has a heading in docs/errors.md, which a test compares with this table.
 */

/** What the caller should do about an error. */
export const ERROR_KINDS = [
  'invalid', // fix the request
  'missing', // the thing asked for is not there
  'conflict', // it clashes with what exists or is going on
  'corrupt', // the data is damaged: recover, repair or discard
  'unavailable', // a counterpart or a resource does not answer: retry
  'limit', // free something, or raise a limit
  'cancelled', // somebody asked for it
  'internal', // a defect: report it
] as const
export type ErrorKind = (typeof ERROR_KINDS)[number]

/** code -> kind, and whether the same call may succeed later without any change. */
export const ERROR_CODES = {
  // requests
  INVALID_ARGUMENT: { kind: 'invalid', retryable: false },
  INVALID_CID: { kind: 'invalid', retryable: false },
  INVALID_CONFIG: { kind: 'invalid', retryable: false },
  UNSUPPORTED: { kind: 'invalid', retryable: false },
  UNAUTHORIZED: { kind: 'invalid', retryable: false },
  CANCELLED: { kind: 'cancelled', retryable: true },
  CLOSED: { kind: 'conflict', retryable: false },
  TOO_SLOW: { kind: 'limit', retryable: true },
  INTERNAL: { kind: 'internal', retryable: false },
  // files and the machine
  FILE_NOT_FOUND: { kind: 'missing', retryable: false },
  FILE_EXISTS: { kind: 'conflict', retryable: false },
  FILE_UNREADABLE: { kind: 'invalid', retryable: false },
  FILE_CHANGED: { kind: 'conflict', retryable: false },
  NOT_A_FILE: { kind: 'invalid', retryable: false },
  NO_SPACE: { kind: 'limit', retryable: true },
  TOO_MANY_OPEN_FILES: { kind: 'limit', retryable: true },
  IO_ERROR: { kind: 'unavailable', retryable: true },
  LOCKED: { kind: 'conflict', retryable: true },
  REPO_IN_USE: { kind: 'conflict', retryable: true },
  STORE_CORRUPT: { kind: 'corrupt', retryable: false },
  // CAR files and blocks
  CAR_INVALID: { kind: 'corrupt', retryable: false },
  CAR_TRUNCATED: { kind: 'corrupt', retryable: false },
  CAR_UNFINALIZED: { kind: 'corrupt', retryable: false },
  CAR_VERSION: { kind: 'invalid', retryable: false },
  CAR_LIMIT: { kind: 'limit', retryable: false },
  CAR_ROOTS_MISMATCH: { kind: 'conflict', retryable: false },
  CAR_PADDING_MISMATCH: { kind: 'conflict', retryable: false },
  INDEX_INVALID: { kind: 'corrupt', retryable: false },
  INDEX_MISSING: { kind: 'missing', retryable: false },
  BLOCK_NOT_FOUND: { kind: 'missing', retryable: false },
  BLOCK_MISMATCH: { kind: 'corrupt', retryable: false },
  READ_ONLY: { kind: 'conflict', retryable: false },
  // linked imports
  SOURCE_MISSING: { kind: 'missing', retryable: false },
  SOURCE_CHANGED: { kind: 'conflict', retryable: false },
  SOURCE_UNREADABLE: { kind: 'unavailable', retryable: true },
  IMPORT_NOT_FOUND: { kind: 'missing', retryable: false },
  IMPORT_INTERRUPTED: { kind: 'conflict', retryable: true },
  IMPORT_BUSY: { kind: 'conflict', retryable: true },
  DAG_INCOMPLETE: { kind: 'corrupt', retryable: false },
  UNIXFS_INVALID: { kind: 'corrupt', retryable: false },
  // pieces, deals, retrievals, transfers
  PIECE_NOT_FOUND: { kind: 'missing', retryable: false },
  PIECE_MISMATCH: { kind: 'corrupt', retryable: false },
  PIECE_TOO_SMALL: { kind: 'invalid', retryable: false },
  PIECE_SEALED: { kind: 'unavailable', retryable: true },
  DEAL_NOT_FOUND: { kind: 'missing', retryable: false },
  DEAL_REJECTED: { kind: 'invalid', retryable: false },
  DEAL_INTERRUPTED: { kind: 'conflict', retryable: true },
  RETRIEVAL_NOT_FOUND: { kind: 'missing', retryable: false },
  RETRIEVAL_INTERRUPTED: { kind: 'conflict', retryable: true },
  TRANSFER_NOT_FOUND: { kind: 'missing', retryable: false },
  PEER_UNAVAILABLE: { kind: 'unavailable', retryable: true },
  PEER_PROTOCOL: { kind: 'corrupt', retryable: true },
  // dagstore
  SHARD_NOT_FOUND: { kind: 'missing', retryable: false },
  SHARD_EXISTS: { kind: 'conflict', retryable: false },
  SHARD_IN_USE: { kind: 'conflict', retryable: true },
  SHARD_ERRORED: { kind: 'corrupt', retryable: false },
  SHARD_STATE: { kind: 'conflict', retryable: false },
  MOUNT_INVALID: { kind: 'invalid', retryable: false },
  LOOKUP_INCOMPLETE: { kind: 'unavailable', retryable: true },
  MOUNT_UNAVAILABLE: { kind: 'unavailable', retryable: true },
  SESSION_NOT_FOUND: { kind: 'missing', retryable: false },
} as const satisfies Record<string, { kind: ErrorKind; retryable: boolean }>

export type ErrorCode = keyof typeof ERROR_CODES

/** The form in which an error crosses a process: structured clone drops code and details of an Error. */
export interface ErrorValue {
  code: ErrorCode
  kind: ErrorKind
  /** A whole sentence for a person: what happened and why. */
  message: string
  details: Record<string, string | number | boolean | null>
  retryable: boolean
}
