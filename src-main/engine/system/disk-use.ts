import { opendir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { SystemStatus } from '../../../src-shared/contract/index.ts'

export type DiskUse = SystemStatus['disk']
type Purpose = DiskUse['byPurpose'][number]['purpose']

const FRESH_MS = 15_000

/** Bytes on disk by purpose. Walking takes a while in a large directory, so an answer is good for some seconds. */
export class DiskMeter {
  readonly #dataDir: string
  readonly #folders: ReadonlyArray<[Purpose, string]>
  #last: { at: number; use: Promise<DiskUse> } | null = null

  constructor(dataDir: string, folders: Record<Purpose, string>) {
    this.#dataDir = dataDir
    this.#folders = Object.entries(folders) as Array<[Purpose, string]>
  }

  measure(now = Date.now()): Promise<DiskUse> {
    if (this.#last !== null && now - this.#last.at < FRESH_MS) return this.#last.use
    this.#last = { at: now, use: this.#measure() }
    return this.#last.use
  }

  /** Something was deleted or moved: the next answer is measured anew. */
  expire(): void {
    this.#last = null
  }

  async #measure(): Promise<DiskUse> {
    const disk = await spaceOf(this.#dataDir)
    const byPurpose = []
    for (const [purpose, path] of this.#folders)
      byPurpose.push({ purpose, path, bytes: await allocatedBytes(path), ...(await spaceOf(path).catch(() => disk)) })
    return { ...disk, byPurpose }
  }
}

async function spaceOf(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** What the files below a folder occupy; 0 where there is none. Holes of sparse files do not count. */
async function allocatedBytes(folder: string): Promise<number> {
  let bytes = 0
  try {
    for await (const entry of await opendir(folder, { recursive: true })) {
      if (!entry.isFile()) continue
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        (file) => (file.blocks > 0 ? file.blocks * 512 : file.size),
        () => 0,
      )
    }
  } catch {
    return bytes
  }
  return bytes
}
