import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LotusRepositories, treeOf } from '../src-main/engine/testing/lotus-repositories.ts'
import { expect, test } from './plain-node.ts'

/** Lotus' repositories, taken over by the built program: by plan, after crashes, and never written to. */

interface Expected {
  deals: Array<{ proposalCid: string; pieceCid: string; stateName: string; eligible: boolean }>
  shards: string[]
  pieces: Array<{ pieceCid: string; fetch: string }>
}

test('a lotus-miner is planned, killed in the middle, run again, and reads back', async ({ cli }) => {
  const repositories = await LotusRepositories.create()
  try {
    const miner = await repositories.miner()
    const expected = JSON.parse(readFileSync(join(miner, 'expected.json'), 'utf8')) as Expected
    const before = await treeOf(miner)
    const planned = (await cli.run('migrate', 'plan', '--lotus-miner', miner, '--json')).json
    expect(planned.deals).toMatchObject(
      expected.deals.map(({ proposalCid, pieceCid, stateName, eligible }) => ({
        proposalCid,
        pieceCid,
        stateName,
        eligible,
      })),
    )
    const toRegister = planned.shards.filter(({ action }: { action: string }) => action === 'register')
    expect(toRegister.map(({ key }: { key: string }) => key).sort()).toEqual([...expected.shards].sort())
    expect(planned.imports).toEqual([])
    const notUnsealed = expected.shards.filter(
      (key) => !expected.pieces.some(({ pieceCid, fetch }) => pieceCid === key && fetch.startsWith('unsealed')),
    )
    expect(planned.summary.shards).toMatchObject({
      ...{ register: expected.shards.length, unreadable: notUnsealed.length },
      ...{ present: 0, fail: 0 },
    })
    const planText = await cli.run('migrate', 'plan', '--lotus-miner', miner)
    expect(planText.stdout).toContain(
      `${expected.shards.length} shards to register, ${notUnsealed.length} of which cannot be read yet, 0 present`,
    )

    for (const afterMs of [120, 250, 350, 420, 500, 600]) {
      const { child, ended } = cli.spawn('migrate', 'run', '--lotus-miner', miner)
      await pause(afterMs) // whenever that is: every moment has to be a good one
      child.kill('SIGKILL')
      await ended
    }
    const run = (await cli.run('migrate', 'run', '--lotus-miner', miner, '--json')).json
    expect(Object.keys(run)).toEqual(expect.arrayContaining(['deals', 'shards', 'imports', 'registered', 'failed']))
    expect(run.failed).toEqual([])
    expect(notUnsealed).toEqual(expect.arrayContaining(run.unreadable.map(({ key }: { key: string }) => key)))
    expect(run.registered.length + run.present).toBe(expected.shards.length)
    expect(existsSync(join(cli.dataDir, 'dagstore/.shard-registration-complete'))).toBe(true)
    expect(existsSync(join(cli.dataDir, '.migration/metadata-'))).toBe(false)

    const all = await cli.run('dagstore', 'initialize-all', '--concurrency', '4', '--json')
    const unsealed = expected.pieces.filter(
      ({ pieceCid, fetch }) => fetch.startsWith('unsealed') && expected.shards.includes(pieceCid),
    )
    expect(all.json.succeeded).toBe(unsealed.length)
    expect(all.json.skipped.length).toBe(expected.shards.length - unsealed.length)
    const rows = (await cli.run('dagstore', 'list-shards', '--state', 'Available', '--json')).json
    expect(rows.map(({ key }: { key: string }) => key).sort()).toEqual(unsealed.map(({ pieceCid }) => pieceCid).sort())
    const [first = ''] = toRegister
      .filter(({ pieceState }: { pieceState: string }) => pieceState === 'unsealed')
      .map(({ key }: { key: string }) => key)
    const deals = expected.deals.filter(({ pieceCid }) => pieceCid === first)
    const piece = (await cli.run('pieces', 'piece-info', first, '--json')).json
    expect(piece.lotusDeals.map(({ state }: { state: string }) => state).sort()).toEqual(
      deals.map(({ stateName }) => stateName).sort(),
    )
    expect((await cli.run('pieces', 'piece-info', first)).stdout).toContain(`(${deals[0]?.stateName})`)
    expect((await cli.run('dagstore', 'shard', first)).stdout).toContain(`(${deals[0]?.stateName})`)
    const again = await cli.run('migrate', 'run', '--lotus-miner', miner, '--json=lines')
    const last = JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '')
    expect(last).toMatchObject({
      type: 'done',
      report: { registered: [], failed: [], present: expected.shards.length },
    })
    expect((await cli.run('migrate', 'status', '--json')).json).toMatchObject({ complete: true })
    expect(await treeOf(miner)).toEqual(before)
  } finally {
    await repositories.remove()
  }
})

test('what is no Lotus repository is refused in words', async ({ cli }) => {
  const { code, stderr } = await cli.run('migrate', 'plan', '--lotus-miner', cli.folder, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stderr).error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('is not a Lotus repository'),
  })
})
