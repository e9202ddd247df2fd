import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterAll, expect, it } from 'vitest'
import { LevelStore } from './index.ts'

const home = await mkdtemp(join(tmpdir(), 'carport-snappy-'))
afterAll(() => rm(home, { recursive: true, force: true }))

it('gathers the rows of compressed tables, too, all but those of the damaged block', async () => {
  const directory = join(home, 'datastore')
  const db = new ClassicLevel(directory)
  const rows = new Map(
    Array.from({ length: 2000 }, (_, i) => [`key ${i}`.padEnd(40, '.'), `value ${i} `.repeat(1 + (i % 50))]),
  )
  await db.batch([...rows].map(([key, value]) => ({ type: 'put', key, value })))
  await db.compactRange('', '~')
  await db.close()
  const table = (await readdir(directory)).find((name) => name.endsWith('.ldb')) ?? ''
  const bytes = await readFile(join(directory, table))
  bytes[200] = (bytes[200] ?? 0) ^ 0xff
  // Without its end nothing but the blocks themselves says where they lie.
  await writeFile(join(directory, table), bytes.subarray(0, bytes.length - 10))
  await writeFile(join(directory, 'DAMAGED'), '')

  const store = await LevelStore.open(directory, { onRepaired: () => {} })
  let found = 0
  for await (const { key, value } of store.entries()) {
    const expected = rows.get(Buffer.from(key).toString())
    if (expected === Buffer.from(value).toString()) found++
  }
  await store.close()
  expect(found).toBeGreaterThan(1950)
  expect(found).toBeLessThan(2000)
})
