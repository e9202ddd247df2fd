import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, fromErrno, isErrnoException } from '../base/index.ts'
import { journalPath } from '../transfer/index.ts'

/** `deal-staging`: the data of storage deals, from the first byte to the hand-off. */
export class Staging {
  readonly directory: string
  readonly #minFreeBytes: number

  constructor(directory: string, minFreeBytes: number) {
    this.directory = directory
    this.#minFreeBytes = minFreeBytes
  }

  pathOf(dealId: string): string {
    return join(this.directory, `${dealId}.car`)
  }

  /** Makes the folder and removes what belongs to none of the deals given. Returns the names removed. */
  async open(dealIds: ReadonlySet<string>): Promise<string[]> {
    await mkdir(this.directory, { recursive: true })
    const removed: string[] = []
    for (const name of await readdir(this.directory)) {
      const dealId = /^(\d+)\.car(?:\.journal|\.lock)?$/.exec(name)?.[1]
      if (dealId === undefined || dealIds.has(dealId)) continue
      await rm(join(this.directory, name), { force: true })
      removed.push(name)
    }
    return removed
  }

  /** NO_SPACE unless `sizeBytes` more fit on the disk. */
  async requireSpace(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory).catch((error: unknown) => {
      throw isErrnoException(error) ? fromErrno(error, this.directory) : error
    })
    const freeBytes = bavail * bsize
    if (freeBytes - this.#minFreeBytes >= sizeBytes) return
    throw new EngineError(
      'NO_SPACE',
      `The data of this deal takes ${sizeBytes} bytes, but the disk of ${this.directory} has only ${freeBytes} free. Free some space and try again.`,
      { details: { neededBytes: sizeBytes, freeBytes } },
    )
  }

  /** Removes what is staged for a deal. */
  async remove(dealId: string): Promise<void> {
    const path = this.pathOf(dealId)
    await rm(path, { force: true })
    await rm(journalPath(path), { force: true })
  }
}
