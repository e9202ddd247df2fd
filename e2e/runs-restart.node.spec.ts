import { connectToRunning } from '../src-main/commands/connect-running.ts'
import type { BulkRunView, BulkSelection, BulkVerb } from '../src-shared/contract/index.ts'
import { type CarServer, registerManyShards, SHARDS } from './many-shards.ts'
import { type CommandLine, expect, test } from './plain-node.ts'

/** Work on many shards goes on after the host was killed in the middle of it, as if nothing had been. */

const servers: CarServer[] = []
test.afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const DONE = SHARDS.served
const FAILED = SHARDS.refused + SHARDS.garbage

test('a host is killed, twice, in the middle of initializing', async ({ cli }) => {
  test.slow()
  const host = await cli.serve()
  const { server } = await registerManyShards(cli.dataDir, cli.folder)
  servers.push(server)
  const id = await start(cli, 'initialize', { kind: 'all' }, 4)
  await until(cli, id, ({ succeeded }) => succeeded > 20)
  await kill(host)

  const again = await cli.serve()
  const resumed = await until(cli, id, () => true)
  expect(resumed.succeeded).toBeGreaterThan(10)
  expect((await cli.run('dagstore', 'runs', '--json')).json).toMatchObject([{ id, verb: 'initialize' }])
  await until(cli, id, ({ succeeded }) => succeeded > resumed.succeeded + 20)
  await kill(again)

  await cli.serve()
  server.hurry()
  const ended = await until(cli, id, ({ endedAt }) => endedAt !== null)
  expect(ended).toMatchObject({ state: 'done', total: DONE + FAILED, succeeded: DONE, failed: FAILED, skipped: 0 })
  expect(await countOf(cli, 'Available')).toBe(DONE)
})

test('a host is killed in the middle of destroying, and one that was paused stays paused', async ({ cli }) => {
  test.slow()
  const host = await cli.serve()
  const { server, cars } = await registerManyShards(cli.dataDir, cli.folder)
  servers.push(server)
  const keys = cars.map(({ key }) => key)
  const id = await start(cli, 'destroy', { kind: 'keys', keys }, 1)
  await until(cli, id, ({ succeeded }) => succeeded > 5)
  await kill(host)

  const second = await cli.serve()
  await until(cli, id, ({ endedAt }) => endedAt !== null)
  expect(await cli.run('dagstore', 'runs', 'list', '--json')).toMatchObject({
    json: [{ id, state: 'done', total: keys.length, succeeded: keys.length, failed: 0, skipped: 0 }],
  })
  expect(await countOf(cli, 'New')).toBe(SHARDS.garbage + SHARDS.gone)

  await cli.run('dagstore', 'pause')
  const rest = await start(cli, 'destroy', { kind: 'all' }, 1)
  await cli.run('dagstore', 'runs', 'pause', rest)
  await kill(second)
  const third = await cli.serve()
  const paused = await until(cli, rest, () => true)
  expect(paused).toMatchObject({ state: 'paused', underWay: 0 })
  expect((await cli.run('dagstore', 'bulk', '--json')).json).toMatchObject({ waitsFor: 'resume' })
  await cli.run('dagstore', 'resume')
  await cli.run('dagstore', 'runs', 'resume', rest)
  await until(cli, rest, ({ state }) => state === 'done')
  expect(await countOf(cli, 'New')).toBe(0)
  expect(await third.stop()).toBe(0)
})

async function kill({
  child,
}: {
  child: { kill(signal: 'SIGKILL'): boolean; once(name: 'exit', done: () => void): unknown }
}) {
  const gone = new Promise<void>((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

async function withClient<Result>(
  { dataDir }: CommandLine,
  work: (client: NonNullable<Awaited<ReturnType<typeof connectToRunning>>>['client']) => Promise<Result>,
): Promise<Result> {
  const connection = await connectToRunning(dataDir)
  if (connection === null) throw new Error(`No engine listens for ${dataDir}.`)
  try {
    return await work(connection.client)
  } finally {
    await connection.close()
  }
}

function start(cli: CommandLine, verb: BulkVerb, selection: BulkSelection, concurrency: number): Promise<string> {
  return withClient(cli, async ({ bulk }) => {
    for await (const step of await bulk.plan({ verb, selection }))
      if (step.type === 'plan') return (await bulk.start({ planId: step.plan.planId, concurrency })).id
    throw new Error('There was no plan.')
  })
}

/** The run, once it is as wanted. */
function until(cli: CommandLine, id: string, wanted: (run: BulkRunView) => boolean): Promise<BulkRunView> {
  return withClient(cli, async ({ bulk }) => {
    for await (const event of await bulk.watch()) {
      const run = event.type === 'remove' ? undefined : event.rows.find((row) => row.id === id)
      if (run !== undefined && wanted(run)) return run
    }
    throw new Error(`The run ${id} cannot be watched any more.`)
  })
}

async function countOf(cli: CommandLine, state: string): Promise<number> {
  return (await cli.run('dagstore', 'list-shards', '--state', state, '--json')).json.length
}
