import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandLine, expect, test } from './plain-node.ts'

/** The rules of the command line, on the built program. */

function writeRandom(cli: CommandLine, name: string, sizeBytes: number): string {
  const path = join(cli.folder, name)
  writeFileSync(path, randomBytes(sizeBytes))
  return path
}

test('usage errors end with 2, on stderr, as JSON where that was asked for', async ({ cli }) => {
  for (const args of [
    [],
    ['nonsense'],
    ['client'],
    ['client', 'stat'],
    ['client', 'local', '--nonsense'],
    ['client', 'import', 'x', '--profile', 'none'],
  ]) {
    const { code, stdout, stderr } = await cli.run(...args)
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
    expect(stderr).not.toBe('')
  }
  const { code, stderr } = await cli.run('client', 'stat', '--json')
  expect(code).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'INVALID_ARGUMENT', kind: 'invalid' } })
})

test('help and version need no data directory', async ({ cli }) => {
  expect((await cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect((await cli.run('help', 'client', 'import')).stdout).toContain('--self-contained')
  expect((await cli.run('client', 'import', '--help')).stdout).toContain('--self-contained')
  expect((await cli.run('completion', 'bash')).code).toBe(0)
  expect(existsSync(cli.dataDir)).toBe(false)
})

test('verbs open the data directory themselves where no engine runs, and leave it closed', async ({ cli }) => {
  const path = writeRandom(cli, 'a file.bin', 3_000_000)
  const imported = await cli.run('--json', 'client', 'import', path)
  expect(imported.code).toBe(0)
  expect(imported.json).toMatchObject({ kind: 'linked', source: path, profile: 'unixfs-v1-2025', sizeBytes: 3_000_000 })
  const { root, id, carPath } = imported.json
  const local = await cli.run('client', 'local', '--json')
  expect(local.json).toMatchObject([{ id, root, kind: 'linked', health: 'ok', problem: null }])
  expect((await cli.run('client', 'stat', root, '--json')).json).toMatchObject({
    root,
    payloadSize: 3_000_000,
    pieceSize: 4_194_304,
  })
  expect((await cli.run('client', 'import', '-q', '--self-contained', '--', 'a file.bin')).stdout).toBe(`${root}\n`)
  expect((await cli.run('client', 'drop', id, '--json')).json).toEqual([{ id, deleted: [carPath], kept: [path] }])
  expect(readFileSync(path)).toHaveLength(3_000_000)
})

test('verbs talk to the engine that runs, with the same answers', async ({ cli }) => {
  const path = writeRandom(cli, 'file.bin', 2_000_000)
  const alone = await cli.run('client', 'import', '--json', path)
  const engine = await cli.serve()
  expect(readFileSync(join(cli.dataDir, 'api'), 'utf8')).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/http$/)
  const local = await cli.run('client', 'local', '--json')
  expect(local.json).toMatchObject([{ id: alone.json.id, root: alone.json.root }])
  const status = await cli.run('status', '--json')
  expect(status.json).toMatchObject({ running: true, imports: { ok: 1 } })
  expect(engine.url).toContain(status.json.address)
  expect(await engine.stop()).toBe(0)
  expect(existsSync(join(cli.dataDir, 'api'))).toBe(false)
  expect((await cli.run('status', '--json')).json).toMatchObject({ running: false })
})

test('a list of items does all of them, then fails if one did, and says which', async ({ cli }) => {
  const good = writeRandom(cli, 'good.bin', 1000)
  const { code, json, stderr } = await cli.run('client', 'import', join(cli.folder, 'missing'), good, '--json')
  expect(code).toBe(1)
  expect(json).toMatchObject([{ source: good }])
  expect(JSON.parse(stderr)).toMatchObject({
    error: {
      code: 'FILE_NOT_FOUND',
      details: { failed: [{ item: join(cli.folder, 'missing'), code: 'FILE_NOT_FOUND' }] },
    },
  })
})

test('Ctrl-C ends an import at once with 130 and leaves nothing behind', async ({ cli }) => {
  const path = writeRandom(cli, 'large.bin', 1 << 20)
  const large = join(cli.folder, 'endless.bin')
  writeFileSync(large, '')
  const { truncate } = await import('node:fs/promises')
  await truncate(large, 64 * 2 ** 30)
  await cli.run('client', 'import', path)
  const before = readdirSync(join(cli.dataDir, 'imports'))
  for (const mode of ['alone', 'with an engine']) {
    const engine = mode === 'alone' ? null : await cli.serve()
    const { child, ended } = cli.spawn('client', 'import', large)
    await expect.poll(() => readdirSync(join(cli.dataDir, 'imports')).length).toBeGreaterThan(before.length)
    child.kill('SIGINT')
    const { code, stdout } = await ended
    expect({ mode, code, stdout }).toEqual({ mode, code: 130, stdout: '' })
    expect(readdirSync(join(cli.dataDir, 'imports'))).toEqual(before)
    await engine?.stop()
  }
})

test('the address that a killed engine left behind stops nobody', async ({ cli }) => {
  const engine = await cli.serve()
  const ended = new Promise((resolve) => engine.child.once('exit', resolve))
  engine.child.kill('SIGKILL')
  await ended
  expect(existsSync(join(cli.dataDir, 'api'))).toBe(true)
  expect((await cli.run('client', 'local', '--json')).json).toEqual([])
  const again = await cli.serve()
  expect(await again.stop()).toBe(0)
})

test('a second engine on one data directory is refused in words', async ({ cli }) => {
  await cli.serve()
  const { code, stderr } = await cli.run('serve', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'REPO_IN_USE' } })
})

test('the reader of a pipe may go away', async ({ cli }) => {
  const { child, ended } = cli.spawn('help')
  child.stdout?.destroy()
  expect((await ended).code).toBe(0)
})

test('settings are shown with their source, set, and kept', async ({ cli }) => {
  expect((await cli.run('config', 'get', 'DAGStore.MaxConcurrentIndex')).stdout).toBe('5\n')
  expect((await cli.run('config', 'set', 'DAGStore.MaxConcurrentIndex', '3', '--json')).json).toMatchObject({
    value: 3,
    source: 'file',
  })
  const shown = (await cli.run('config', 'show', '--json')).json
  expect(shown.path).toBe(join(cli.dataDir, 'config.toml'))
  expect(shown.settings.find(({ key }: { key: string }) => key === 'DAGStore.MaxConcurrentIndex')).toMatchObject({
    value: 3,
    default: 5,
  })
  expect((await cli.run('config', 'set', 'DAGStore.MaxConcurrentIndex', 'many')).code).toBe(1)
  expect((await cli.run('config', 'get', 'No.Such')).code).toBe(2)
})

test('files are worked on without a data directory', async ({ cli }) => {
  const path = join(cli.folder, 'zeros.bin')
  writeFileSync(path, Buffer.alloc(127))
  // Known from Filecoin: the commitment of a piece of zeros, 128 bytes padded.
  expect((await cli.run('pieces', 'commp', path, '--json')).json).toMatchObject({
    rawSize: 127,
    pieceSize: 128,
    pieceCid: 'baga6ea4seaqdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy',
  })
  writeFileSync(path, 'hello\n')
  // Known from IPFS: `ipfs add --cid-version=1` of "hello\n".
  expect((await cli.run('unixfs', 'root', path, '-q')).stdout).toBe(
    'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am\n',
  )
  expect((await cli.run('car', 'verify', path, '--json')).code).toBe(1)
  expect(existsSync(cli.dataDir)).toBe(false)
})
