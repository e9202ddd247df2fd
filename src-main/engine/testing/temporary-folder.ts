import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder of its own for each test, removed after it. Gives the path of a name in it. */
export function temporaryFolder(prefix: string): (name?: string) => string {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), `carport-${prefix}-`))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  return (name = '') => join(folder, name)
}
