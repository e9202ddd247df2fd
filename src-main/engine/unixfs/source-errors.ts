import { EngineError, fromErrno, isErrnoException } from '../base/index.ts'

export function fileChanged(path: string): EngineError {
  return new EngineError(
    'FILE_CHANGED',
    `${path} changed while it was read. Nothing was kept: try again when no other program writes to it.`,
    { details: { path } },
  )
}

export function notAFile(path: string, what: string): EngineError {
  return new EngineError('NOT_A_FILE', `${path} is ${what}; only regular files have content that can be imported.`, {
    details: { path },
  })
}

/** Does something with a source file, and names it in what goes wrong. */
export function attemptOn<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw sourceError(error, path)
  }
}

/** A name that is not UTF-8 comes out of a listing changed, so that the file cannot be found under it. */
export function sourceError(error: unknown, path: string): unknown {
  if (!isErrnoException(error)) return error
  if (error.code !== 'ENOENT' || !path.includes('\ufffd')) return fromErrno(error, path)
  return new EngineError(
    'FILE_UNREADABLE',
    `The name of ${path} is not valid UTF-8, so it cannot be imported. Rename it.`,
    {
      cause: error,
      details: { path },
    },
  )
}
