import { type FileHandle, open, rm } from 'node:fs/promises'
import { EngineError, fromErrno, isErrnoException, renameDurably, throwIfAborted } from '../../base/index.ts'
import type { Mount, MountStat } from '../mount/mount.ts'
import { sizeOf, type TransientFolder } from './transient-folder.ts'
import type { SpaceReservation } from './transient-space.ts'

/**
 * Data is synced each time so much more has been written. A partial copy that is longer than n of these was therefore
 * synced up to n, and is gone on with from there even after a power cut.
 */
const SYNC_BYTES = 64 * 1024 * 1024

export interface CopyOptions {
  signal: AbortSignal
  /** The copy is whole, and about to get its final name. */
  beforeNaming(): Promise<void> | void
}

/**
 * Copies what a sequential mount gives into the transient of `key` and returns its path. The copy gets its final name
 * when it is whole, of the right size, and synced. What is there of an interrupted copy of the same version is used
 * where the mount can go on from a position.
 */
export async function copyToTransient(
  key: string,
  mount: Mount,
  stat: MountStat,
  folder: TransientFolder,
  { signal, beforeNaming }: CopyOptions,
): Promise<string> {
  const partial = folder.partialPath(key)
  const reservation = await folder.space.reserve(stat.sizeBytes, signal)
  let keptBytes = 0
  try {
    await dropOtherVersion(key, mount, stat, folder)
    const written = await fill(partial, mount, stat, reservation, signal)
    checkSize(mount, stat, written)
    const complete = folder.completePath(key)
    await beforeNaming()
    await renameDurably(partial, complete)
    keptBytes = written
    return complete
  } catch (error) {
    const wrongSize = EngineError.is(error, 'FILE_CHANGED')
    if (mount.resumable !== true || wrongSize) await rm(partial, { force: true }).catch(() => {})
    throw isErrnoException(error) ? fromErrno(error, partial) : EngineError.from(error)
  } finally {
    reservation.settle(keptBytes)
  }
}

/** What is there of a copy is gone on with only where it is of the same version. */
async function dropOtherVersion(key: string, mount: Mount, stat: MountStat, folder: TransientFolder): Promise<void> {
  if (mount.resumable !== true || (await folder.readVersion(key)) === stat.version) return
  await rm(folder.partialPath(key), { force: true })
  await folder.writeVersion(key, stat.version)
}

/** Returns the length of the file, which is synced and closed. */
async function fill(
  path: string,
  mount: Mount,
  stat: MountStat,
  reservation: SpaceReservation,
  signal: AbortSignal,
): Promise<number> {
  const from = mount.resumable === true ? Math.floor(((await sizeOf(path)) ?? 0) / SYNC_BYTES) * SYNC_BYTES : 0
  const handle = await open(path, from === 0 ? 'w' : 'r+')
  try {
    if (from > 0) await handle.truncate(from)
    const end = await append(handle, from, mount, stat, reservation, signal)
    await handle.sync()
    return end
  } finally {
    await handle.close()
  }
}

async function append(
  handle: FileHandle,
  from: number,
  mount: Mount,
  { version }: MountStat,
  reservation: SpaceReservation,
  signal: AbortSignal,
): Promise<number> {
  if (mount.stream === undefined)
    throw new EngineError('INTERNAL', `The mount ${mount.url()} can be neither read in place nor copied.`)
  let position = from
  let syncAt = from + SYNC_BYTES
  for await (const chunk of mount.stream(from, { signal, version })) {
    throwIfAborted(signal)
    await reservation.ensure(position + chunk.length)
    for (let done = 0; done < chunk.length; ) {
      const upTo = Math.min(chunk.length, done + (syncAt - position))
      const { bytesWritten } = await handle.write(chunk, done, upTo - done, position)
      done += bytesWritten
      position += bytesWritten
      if (position < syncAt) continue
      await handle.datasync()
      syncAt += SYNC_BYTES
    }
  }
  return position
}

function checkSize(mount: Mount, stat: MountStat, written: number): void {
  if (stat.sizeBytes === null || stat.sizeBytes === written) return
  const details = { url: mount.url(), expectedBytes: stat.sizeBytes, bytes: written }
  if (written < stat.sizeBytes)
    throw new EngineError('MOUNT_UNAVAILABLE', `${mount.url()} ended after ${written} of ${stat.sizeBytes} bytes.`, {
      details,
    })
  throw new EngineError(
    'FILE_CHANGED',
    `${mount.url()} gave ${written} bytes although it had announced ${stat.sizeBytes}.`,
    { details },
  )
}
