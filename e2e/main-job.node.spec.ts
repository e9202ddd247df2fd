import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './plain-node.ts'

/** What Carport is for, as a script does it: import, deal, shard, block, retrieve. */

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

test('a file goes to a provider and comes back', async ({ cli }) => {
  const path = join(cli.folder, 'in.bin')
  const out = join(cli.folder, 'out.bin')
  writeFileSync(path, randomBytes(20_000_001))
  await cli.serve()
  const { root } = (await cli.run('client', 'import', '--json', path)).json
  const deal = (await cli.run('client', 'deal', root, '--json')).json
  expect(deal).toMatchObject({ role: 'client', state: 'active', root, pieceSize: 33_554_432 })
  const shards = (await cli.run('dagstore', 'list-shards', '--json')).json
  expect(shards).toMatchObject([{ key: deal.pieceCid, state: 'Available', error: null, readers: 0 }])
  expect((await cli.run('dagstore', 'lookup-pieces', root, '--json')).json).toMatchObject([{ key: deal.pieceCid }])
  const block = join(cli.folder, 'block')
  expect((await cli.run('dagstore', 'get', deal.pieceCid, root, block, '--json')).json).toMatchObject({ cid: root })
  const index = (await cli.run('dagstore', 'index-list', deal.pieceCid, '--json')).json
  expect(index[0]).toEqual({ multihash: expect.stringMatching(/^1220[0-9a-f]{64}$/), offset: expect.any(Number) })
  const retrieved = (await cli.run('client', 'retrieve', root, out, '--json')).json
  expect(retrieved).toMatchObject({ root, state: 'done', path: out })
  expect(digest(out)).toBe(digest(path))
  const again = await cli.run('client', 'retrieve', root, out, '--json')
  expect(again.code).toBe(1)
  expect(JSON.parse(again.stderr)).toMatchObject({ error: { code: 'FILE_EXISTS' } })
  expect((await cli.run('client', 'retrieve', root, out, '--force')).code).toBe(0)
})

test('a folder comes back as it was, and a CAR of it is good', async ({ cli }) => {
  const folder = join(cli.folder, 'in')
  mkdirSync(join(folder, 'sub'), { recursive: true })
  writeFileSync(join(folder, 'a.txt'), 'a')
  writeFileSync(join(folder, 'sub', 'b.bin'), randomBytes(3_000_000))
  await cli.serve()
  const root = (await cli.run('client', 'import', '-q', folder)).stdout.trim()
  expect((await cli.run('client', 'deal', root, '-q')).code).toBe(0)
  const out = join(cli.folder, 'out')
  expect((await cli.run('client', 'retrieve', root, out)).code).toBe(0)
  for (const name of ['a.txt', 'sub/b.bin']) expect(digest(join(out, name))).toBe(digest(join(folder, name)))
  const car = join(cli.folder, 'out.car')
  expect((await cli.run('client', 'retrieve', root, car, '--car')).code).toBe(0)
  expect((await cli.run('car', 'verify', car, '--json')).json).toMatchObject({
    ok: true,
    version: 1,
    roots: [root],
    problems: [],
  })
  expect((await cli.run('car', 'inspect', car)).stdout).toContain(`Roots: ${root}`)
})
