import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('./fixtures/', import.meta.url))
const foreign = resolve(
  process.env.CARPORT_FIXTURES ?? fileURLToPath(new URL('../../../../shared/fixtures/', import.meta.url)),
)

/** Path of a fixture in the project: files that other programs wrote for Carport's tests. */
export function fixture(path: string): string {
  return resolve(own, path)
}

/**
 * Path of a file that belongs to another project and is read where it lies (CARPORT_FIXTURES); undefined where it is
 * absent, and then the test is skipped: `it.skipIf(path === undefined)`.
 */
export function foreignFixture(path: string): string | undefined {
  const file = resolve(foreign, path)
  return existsSync(file) ? file : undefined
}
