import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { testCar } from '../src-main/engine/dagstore/test-kit/test-cars.ts'
import { expect, test } from './plain-node.ts'

/** Work on several shards from the command line: the same plans and runs as in the window. */

test('several shards: what would be done, what is done, what failed', async ({ cli }) => {
  await cli.serve()
  const cars = [testCar('a'), testCar('b'), testCar('c')]
  const keys = cars.map(({ key }) => key)
  const pathOf = (key: string) => join(cli.folder, `${key}.car`)
  for (const { key, bytes } of cars.slice(0, 2)) writeFileSync(pathOf(key), bytes)
  for (const key of keys) {
    const url = pathToFileURL(pathOf(key)).href
    const planned = await cli.run('dagstore', 'register-shard', key, '--url', url, '--lazy', '--dry-run', '--json')
    const isThere = key !== keys[2]
    const gone = { key, reason: 'No source has its data.' }
    expect(planned.json).toEqual({ total: isThere ? 1 : 0, keys: isThere ? [key] : [], skipped: isThere ? [] : [gone] })
    expect((await cli.run('dagstore', 'register-shard', key, '--url', url, '--lazy')).code).toBe(0)
  }
  const gone = { key: keys[2], reason: 'No source has its data.' }

  for (const verb of ['register', 'initialize', 'recover', 'reindex', 'destroy']) {
    const one = await cli.run('dagstore', `${verb}-shard`, keys[0] ?? '', '--dry-run', '--json')
    expect(Object.keys(one.json), verb).toEqual(['total', 'keys', 'skipped'])
  }
  expect((await cli.run('dagstore', 'list-shards', '--state', 'New', '--json')).json).toHaveLength(3)

  const dry = await cli.run('dagstore', 'initialize-shard', ...keys, '--dry-run', '--json')
  expect(dry.json).toEqual({ total: 2, keys: keys.slice(0, 2), skipped: [gone] })
  expect((await cli.run('dagstore', 'list-shards', '--state', 'New', '--json')).json).toHaveLength(3)

  const done = await cli.run('dagstore', 'initialize-shard', ...keys, '--concurrency', '2', '--json')
  expect(done.json).toEqual({ total: 2, succeeded: 2, failed: 0, skipped: [gone], failures: [] })
  expect(done.code).toBe(0)

  writeFileSync(pathOf(keys[2] ?? ''), 'no CAR')
  const failed = await cli.run('dagstore', 'initialize-all', '--concurrency', '0', '--json')
  expect([failed.code, failed.json.failed]).toEqual([1, 1])
  expect((await cli.run('dagstore', 'runs', '--json')).json).toMatchObject([
    { verb: 'initialize', state: 'done', total: 1, failed: 1, failures: [{ count: 1 }] },
  ])
  writeFileSync(pathOf(keys[2] ?? ''), cars[2]?.bytes ?? '')
  const recovered = await cli.run('dagstore', 'recover-shard', '--failed')
  expect(recovered.stdout.trim()).toBe('1 of 1 recovered, 0 failed, 0 skipped')
  expect((await cli.run('dagstore', 'reindex-shard', ...keys)).stdout).toContain('3 of 3 re-indexed')
  // While all bulk work is paused a verb says why nothing happens, and goes on by itself.
  await cli.run('dagstore', 'pause')
  const waiting = cli.run('dagstore', 'reindex-shard', ...keys)
  await expect
    .poll(async () => (await cli.run('dagstore', 'runs', '--json')).json)
    .toContainEqual(expect.objectContaining({ verb: 'reindex', held: true }))
  await cli.run('dagstore', 'resume')
  expect(await waiting).toMatchObject({ code: 0, stderr: expect.stringContaining('"carport dagstore resume"') })
  expect((await cli.run('dagstore', 'destroy-shard', ...keys, '--json')).json).toMatchObject({ succeeded: 3 })
  expect((await cli.run('dagstore', 'list-shards', '--json')).json).toEqual([])

  const wrong = await cli.run('dagstore', 'recover-shard', '--json')
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } })
})
