import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fixture } from '../src-main/engine/testing/fixtures.ts'
import { type CommandLine, expect, test } from './plain-node.ts'

/** The verbs of providers and of the service: what they do, and the keys of their JSON, which scripts rely on. */

const SHARD_KEYS = ['key', 'state', 'error', 'url', 'lazy', 'transientPath', 'sizeBytes', 'indexBytes', 'readers']
const PIECE_KEYS = ['pieceCid', 'pieceSize', 'path', 'source', 'deals']
const CARS = ['rw-v1.car', 'wrap-v1.car', 'rw-basic.car']

const keysOf = (value: object) => Object.keys(value)
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Adds CARs as pieces, one of them with a shard, which is forgotten again. */
async function addPieces(cli: CommandLine): Promise<string[]> {
  const pieces: string[] = []
  for (const name of CARS) {
    const added = (await cli.run('pieces', 'add', fixture(`car/generated/${name}`), '--json')).json
    expect(added).toMatchObject({ state: 'unsealed', hasShard: false })
    expect(keysOf(added)).toEqual(expect.arrayContaining(PIECE_KEYS))
    pieces.push(added.pieceCid)
  }
  const [car = ''] = CARS
  expect((await cli.run('pieces', 'add', '--register', fixture(`car/generated/${car}`), '--json')).json).toMatchObject({
    hasShard: true,
  })
  expect((await cli.run('dagstore', 'destroy-shard', ...pieces)).code).toBe(0)
  return pieces.sort()
}

test('shards live: registered, initialized, read, found, collected, destroyed', async ({ cli }) => {
  test.slow() // some thirty runs of the program
  const pieces = await addPieces(cli)
  const [first = '', second = ''] = pieces
  for (const piece of pieces) {
    const row = (await cli.run('dagstore', 'register-shard', '--lazy', piece, '--json')).json
    expect(keysOf(row)).toEqual(expect.arrayContaining(SHARD_KEYS))
    expect(row).toMatchObject({ key: piece, state: 'New', url: `lotus://${piece}`, lazy: true })
  }
  // As in Lotus: one that is there is left alone.
  expect((await cli.run('dagstore', 'register-shard', first, '--json')).json).toMatchObject({
    key: first,
    state: 'New',
  })
  const planned = linesOf(
    (await cli.run('dagstore', 'initialize-all', '--concurrency', '2', '--dry-run', '--json=lines')).stdout,
  )
  expect(planned.at(-1)).toMatchObject({ total: 3, succeeded: 0 })
  expect((await cli.run('dagstore', 'list-shards', '--state', 'New', '-q')).stdout.trim().split('\n')).toEqual(pieces)

  expect((await cli.run('dagstore', 'initialize-shard', first, '--json')).json).toMatchObject({ state: 'Available' })
  const events = linesOf((await cli.run('dagstore', 'initialize-all', '--concurrency', '0', '--json=lines')).stdout)
  expect(events.slice(0, -1)).toHaveLength(4)
  for (const event of events.slice(0, -1))
    expect(event).toEqual({ ...event, event: expect.stringMatching(/^(start|success)$/), error: null, total: 2 })
  expect(events.at(-1)).toEqual({ total: 2, succeeded: 2, failed: 0, skipped: [] })
  for (const { sizeBytes, indexBytes } of (await cli.run('dagstore', 'list-shards', '--json')).json)
    expect([sizeBytes, indexBytes]).toEqual([expect.any(Number), expect.any(Number)])
  expect((await cli.run('dagstore', 'initialize-all', '--concurrency', '1')).stdout).toBe('no shards to initialize\n')
  expect((await cli.run('dagstore', 'initialize-all')).code).toBe(2)

  const detail = (await cli.run('dagstore', 'shard', first, '--json')).json
  expect(keysOf(detail)).toEqual(expect.arrayContaining([...SHARD_KEYS, 'attempts', 'copies', 'deals', 'blockCount']))
  const audited = await cli.run('dagstore', 'audit-index', first, '--json')
  expect([audited.code, audited.json]).toMatchObject([0, { key: first, result: 'good', remedy: null, damaged: 0 }])
  const indexPath = join(cli.dataDir, 'dagstore', 'index', `${first}.full.idx`)
  const good = readFileSync(indexPath)
  const { atimeMs, mtimeMs } = statSync(indexPath)
  writeFileSync(
    indexPath,
    good.map((byte, at) => (at === good.length - 9 ? byte ^ 1 : byte)),
  )
  utimesSync(indexPath, atimeMs / 1000, mtimeMs / 1000) // as a disk that forgets does it: a start does not notice
  const astray = await cli.run('dagstore', 'audit-index', first)
  expect(astray.code).toBe(1)
  expect(astray.stdout).toContain('1 block cannot be found')
  expect(astray.stdout).toContain(`carport dagstore reindex-shard ${first}`)
  expect((await cli.run('dagstore', 'reindex-shard', first)).code).toBe(0)
  expect(readFileSync(indexPath)).toEqual(good)

  const entries = (await cli.run('dagstore', 'index-list', first, '--json')).json
  expect(entries).toHaveLength(detail.blockCount)
  const offsets = entries.map(({ offset }: { offset: number }) => offset)
  expect(offsets).toEqual([...offsets].sort((a: number, b: number) => a - b))

  const root = (await cli.run('car', 'root', fixture('car/generated/rw-v1.car'))).stdout.trim()
  const found = (await cli.run('dagstore', 'lookup-pieces', root, '--json')).json
  expect(found[0]).toEqual({ key: expect.any(String), state: 'Available', error: null })
  const { key } = found[0]
  const out = join(cli.folder, 'block')
  const got = (await cli.run('dagstore', 'get', key, root, out, '--json')).json
  expect(got).toEqual({ key, cid: root, sizeBytes: readFileSync(out).length })
  const direct = (await cli.run('dagstore', 'get', key, root)).stdout
  expect(createHash('sha256').update(direct).digest('hex')).toBe(
    createHash('sha256').update(readFileSync(out).toString()).digest('hex'),
  )
  const info = (await cli.run('pieces', 'cid-info', root, '--json')).json
  expect(info[0]).toMatchObject({ pieceCid: key, hasShard: true })
  expect((await cli.run('pieces', 'piece-info', first, '--json')).json).toMatchObject({ pieceCid: first, deals: [] })
  for (const row of (await cli.run('pieces', 'list-pieces', '--json')).json)
    expect(keysOf(row)).toEqual(expect.arrayContaining(PIECE_KEYS))

  expect((await cli.run('dagstore', 'gc', '--json')).json).toEqual({ shards: [], freedBytes: 0 })
  expect((await cli.run('dagstore', 'gc')).stdout).toBe('no shards collected\n')
  expect((await cli.run('dagstore', 'recover-shard', first, '--json')).code).toBe(1)
  expect((await cli.run('dagstore', 'recover-shard')).code).toBe(2)
  expect((await cli.run('dagstore', 'destroy-shard', second, '--json')).json).toMatchObject({ key: second })
  expect((await cli.run('dagstore', 'shard', second, '--json')).code).toBe(1)
  const wrong = await cli.run(
    'pieces',
    'add',
    fixture('car/generated/rw-v1.car'),
    '--piece-cid',
    second === key ? first : second,
    '--json',
  )
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'PIECE_MISMATCH' } })
  expect((await cli.run('transfers', '--json')).json).toEqual([])
  expect((await cli.run('transfers', 'pause', 'none', '--json')).code).toBe(1)
})

test('people read what lotus-miner prints', async ({ cli }) => {
  const path = join(cli.folder, 'mine.car')
  writeFileSync(path, readFileSync(fixture('car/generated/rw-v1.car')))
  const said = async (...words: string[]) => (await cli.run('dagstore', ...words)).stdout
  expect(await said('list-shards')).toBe('')
  expect(await said('register-shard', 'mine', '--url', `file://${path}`, '--lazy')).toBe('Registered shard mine\n')
  expect(await said('initialize-shard', 'mine')).toBe('')
  expect(await said('list-shards')).toMatch(/^mine +Available /m)
  const root = (await cli.run('car', 'root', path)).stdout.trim()
  expect(await said('lookup-piece-cid', root)).toBe(await said('lookup-pieces', root))
  expect(await said('gc')).toBe('no shards collected\n')
  expect(await said('destroy-shard', 'mine')).toBe('Destroyed shard mine\n')
})

test('a shard that fails says why, and is recovered once the cause is mended', async ({ cli }) => {
  const path = join(cli.folder, 'moved.car')
  expect((await cli.run('dagstore', 'register-shard', 'mine', '--url', `file://${path}`, '--json')).code).toBe(1)
  const failed = (await cli.run('dagstore', 'list-shards', '--failed', '--json')).json
  expect(failed).toMatchObject([{ key: 'mine', state: 'Errored', error: expect.stringContaining('moved.car') }])
  writeFileSync(path, readFileSync(fixture('car/generated/rw-v1.car')))
  expect((await cli.run('dagstore', 'recover-shard', 'mine', '--json')).json).toMatchObject({
    state: 'Available',
    error: null,
  })
})

test('tokens, settings, help and completion', async ({ cli }) => {
  const token = (await cli.run('auth', 'create-token', '--perm', 'write')).stdout.trim()
  const [, payload = ''] = token.split('.')
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({ Allow: ['read', 'write'] })
  expect((await cli.run('auth', 'create-token', '--perm', 'all')).code).toBe(2)
  await cli.serve()
  const info = (await cli.run('auth', 'api-info', '--perm', 'read')).stdout.trim()
  expect(info).toMatch(/[^=]+=[\w.-]+:\/ip4\/127\.0\.0\.1\/tcp\/\d+\/http$/)
  expect((await cli.run('config', 'path')).stdout.trim()).toBe(join(cli.dataDir, 'config.toml'))
  for (const verb of ['client retrieve', 'client commP', 'client ls', 'dagstore initialize-all'])
    expect((await cli.run('help', ...verb.split(' '))).stdout).toContain(`Usage: carport ${verb}`)
  expect((await cli.run('help', 'client', 'retrieve')).stdout).toContain('Examples:')
  for (const shell of ['bash', 'zsh', 'fish'])
    expect((await cli.run('completion', shell)).stdout).toContain('generate-car')
  expect((await cli.run('completion', 'none')).code).toBe(2)
  expect((await cli.run('status', '--json')).json).toMatchObject({
    running: true,
    roles: expect.any(Array),
    disk: expect.any(Object),
  })
})

test('find tells where a CID is, in whatever form, and ends with 1 when it is nowhere', async ({ cli }) => {
  const { pieceCid } = (await cli.run('pieces', 'add', fixture('car/generated/rw-v1.car'), '--json')).json
  const found = await cli.run('find', `<https://example.org/piece/${pieceCid}>`, '--json')
  expect([found.code, keysOf(found.json)]).toEqual([0, ['findings', 'readAs', 'searched']])
  expect(found.json.findings).toContainEqual(expect.objectContaining({ kind: 'piece', id: pieceCid }))
  const text = await cli.run('find', pieceCid)
  expect(text.stdout).toContain('Read as Piece CID v1')
  expect(text.stdout).not.toContain('undefined')
  expect(await cli.run('find', 'nonsense')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Found nowhere.'),
  })
})

test('the doctor tells of damaged records before anything opens them, and of the copy afterwards', async ({ cli }) => {
  await cli.run('status')
  const records = join(cli.dataDir, 'dagstore', 'datastore')
  rmSync(join(records, 'CURRENT'))
  const before = readdirSync(records)
  const found = await cli.run('doctor', '--json')
  expect([found.code, readdirSync(records)]).toEqual([1, before])
  expect(found.json.findings).toContainEqual({
    check: 'records',
    status: 'problem',
    message: `${records} is damaged: CURRENT, which names the MANIFEST that is valid, is missing.`,
    fix: expect.stringContaining('keeps a copy'),
  })
  expect((await cli.run('dagstore', 'list-shards')).code).toBe(0)
  const after = await cli.run('doctor', '--json')
  expect(after.code).toBe(0)
  expect(after.json.findings).toContainEqual({
    check: 'records',
    status: 'note',
    message: expect.stringContaining(`${records}.damaged-`),
    fix: expect.stringContaining('delete that copy'),
  })
})

test('the doctor finds what is wrong, and says what to do', async ({ cli }) => {
  const findings = async (...args: string[]) => {
    const { code, json } = await cli.run('doctor', '--json', ...args)
    for (const finding of json.findings) {
      expect(keysOf(finding)).toEqual(['check', 'status', 'message', 'fix'])
      expect(finding.fix === null).toBe(finding.status === 'ok')
    }
    const bad = json.findings.filter(({ status }: { status: string }) => status !== 'ok')
    return { code, ok: json.ok, bad: bad.map(({ check, fix }: { check: string; fix: string }) => [check, fix]) }
  }
  expect(await findings()).toMatchObject({ code: 0, ok: true })
  expect(existsSync(cli.dataDir)).toBe(false)
  const engine = await cli.serve()
  expect(await findings()).toMatchObject({ code: 0, ok: true })
  const ended = new Promise((resolve) => engine.child.once('exit', resolve))
  engine.child.kill('SIGKILL')
  await ended
  expect((await findings()).bad).toContainEqual(['engine', expect.stringContaining('Nothing has to be done')])

  chmodSync(join(cli.dataDir, 'token'), 0o644)
  expect(await findings()).toMatchObject({
    code: 1,
    bad: expect.arrayContaining([['permissions', `chmod 600 ${join(cli.dataDir, 'token')}`]]),
  })
  chmodSync(join(cli.dataDir, 'token'), 0o600)
  const taken = createServer()
  const port = await new Promise((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  )
  await cli.run('config', 'set', 'Provider.ListenAddress', `127.0.0.1:${port}`)
  expect((await findings()).bad).toContainEqual(['address', expect.stringContaining('Provider.ListenAddress')])
  taken.close()
  writeFileSync(join(cli.dataDir, 'config.toml'), '[Nothing]\nKey = 1\n')
  expect(await findings()).toMatchObject({
    code: 1,
    bad: expect.arrayContaining([['settings', expect.stringContaining('Mend')]]),
  })
  writeFileSync(join(cli.folder, 'file'), '')
  expect(await findings('--repo', join(cli.folder, 'file'))).toMatchObject({ code: 1 })
  mkdirSync(join(cli.folder, 'empty'))
  expect((await cli.run('doctor', '-q', '--repo', join(cli.folder, 'empty'))).code).toBe(0)
})
