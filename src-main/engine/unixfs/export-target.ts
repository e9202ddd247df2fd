import { lstat, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EngineError, fromErrno, isErrnoException, syncDirectory, temporaryPathFor } from '../base/index.ts'

/**
 * Lets `write` fill a temporary path beside `path`, and gives it its name only when it is whole. FILE_EXISTS where
 * something is there already, unless `overwrite`: then that is replaced, a folder as a whole. A symbolic link at `path`
 * is replaced itself, never followed. On failure nothing is left.
 */
export async function writeBeside<Result>(
  path: string,
  overwrite: boolean,
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  await refuseExisting(path, overwrite)
  const temporary = temporaryPathFor(path)
  try {
    const result = await write(temporary)
    await refuseExisting(path, overwrite) // it may have appeared meanwhile
    await takeName(temporary, path)
    return result
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw isErrnoException(error) ? fromErrno(error) : error
  }
}

/** Writes pieces to a new file and syncs it. Fails if anything is at the path, a symbolic link included. */
export async function writeNewFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  onWritten: (bytes: number) => void,
): Promise<number> {
  const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    throw fromErrno(error, path)
  })
  let written = 0
  try {
    for await (const piece of pieces) {
      for (let done = 0; done < piece.length; )
        done += (await handle.write(piece, done, piece.length - done, written + done)).bytesWritten
      written += piece.length
      onWritten(piece.length)
    }
    await handle.sync()
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  } finally {
    await handle.close()
  }
  return written
}

/** FILE_EXISTS where something is at the path, unless `overwrite`. */
export async function refuseExisting(path: string, overwrite: boolean): Promise<void> {
  if (overwrite || (await existing(path)) === null) return
  throw new EngineError('FILE_EXISTS', `${path} exists already. Choose another name, or ask to overwrite it.`, {
    details: { path },
  })
}

async function takeName(temporary: string, path: string): Promise<void> {
  const old = await existing(path)
  const isFolder = (await lstat(temporary)).isDirectory()
  if (old === null || (!old.isDirectory() && !isFolder)) {
    await rename(temporary, path)
  } else {
    // A folder cannot be renamed over, nor onto a file: what is there steps aside until the new one has its name.
    const aside = temporaryPathFor(path)
    await rename(path, aside)
    await rename(temporary, path).catch(async (error: unknown) => {
      await rename(aside, path)
      throw error
    })
    await rm(aside, { recursive: true, force: true })
  }
  await syncDirectory(dirname(path))
}

function existing(path: string) {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw fromErrno(error, path)
  })
}
