import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Marks files that a crash may leave; `removeTemporaryFiles` takes them away. */
const TEMPORARY = /\.tmp-[0-9a-f]{12}$/

/** A name beside `path` for a file that will be renamed to it. */
export function temporaryPathFor(path: string): string {
  return join(dirname(path), `${basename(path)}.tmp-${randomBytes(6).toString('hex')}`)
}

/** Writes a whole file so that after a crash `path` holds either the old content or the new, never a part. */
export async function writeFileAtomic(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
  const temporary = temporaryPathFor(path)
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.writeFile(data)
    await handle.sync()
  } catch (error) {
    await handle.close()
    await rm(temporary, { force: true })
    throw error
  }
  await handle.close()
  await renameDurably(temporary, path)
}

/** Renames and makes the new directory entry durable. The content must have been synced before. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncDirectory(dirname(to))
}

/** fsync of a directory, so that a rename or unlink in it survives a power cut. Windows cannot and need not. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what interrupted atomic writes left in a directory, whose listing may be given. Returns the names removed. */
export async function removeTemporaryFiles(directory: string, listing?: string[]): Promise<string[]> {
  const names = (listing ?? (await readdir(directory))).filter((name) => TEMPORARY.test(name))
  for (const name of names) await rm(join(directory, name), { force: true, recursive: true })
  return names
}

/** Removes what interrupted writes of one path left beside it. Nobody may be writing it. Returns the names removed. */
export async function removeTemporaryFilesOf(path: string): Promise<string[]> {
  const directory = dirname(path)
  const own = (name: string) => TEMPORARY.test(name) && name.replace(TEMPORARY, '') === basename(path)
  const names = (await readdir(directory).catch(() => [])).filter(own)
  for (const name of names) await rm(join(directory, name), { force: true, recursive: true })
  return names
}
