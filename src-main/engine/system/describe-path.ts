import { access, constants, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { pathDescription } from '../../../src-shared/contract/index.ts'
import { EngineError, FileReader, fromErrno, isErrnoException } from '../base/index.ts'
import { readCarLayout } from '../car/index.ts'

export type PathDescription = z.infer<typeof pathDescription>

/** Enough to say what is in a folder; a larger one is described as "at least". */
const MAX_COUNTED_FILES = 50_000

/** What lies at a path, so that the window can say what a drop of it would do. Never fails. */
export async function describePath(path: string): Promise<PathDescription> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return { path, kind: 'directory', message: null, ...(await countFiles(path)) }
    if (!found.isFile())
      return { path, kind: 'other', sizeBytes: 0, fileCount: 0, message: `${path} is not a regular file.` }
    await access(path, constants.R_OK)
    return { path, kind: (await isCar(path)) ? 'car' : 'file', sizeBytes: found.size, fileCount: 1, message: null }
  } catch (thrown) {
    const error = isErrnoException(thrown) ? fromErrno(thrown, path) : EngineError.from(thrown)
    const kind = error.code === 'FILE_NOT_FOUND' ? 'missing' : 'unreadable'
    return { path, kind, sizeBytes: 0, fileCount: 0, message: error.message }
  }
}

async function countFiles(folder: string): Promise<{ sizeBytes: number; fileCount: number }> {
  let sizeBytes = 0
  let fileCount = 0
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue
    sizeBytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0
    if (++fileCount >= MAX_COUNTED_FILES) break
  }
  return { sizeBytes, fileCount }
}

async function isCar(path: string): Promise<boolean> {
  const reader = FileReader.open(path)
  try {
    await readCarLayout(reader, { maxHeaderBytes: 64 << 10 })
    return true
  } catch (error) {
    return EngineError.is(error, 'CAR_UNFINALIZED')
  } finally {
    await reader.close()
  }
}
