import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandLine, expect, test } from './plain-node.ts'

/** The verbs of clients: what they do, and the keys of their JSON, which scripts rely on. */

const IMPORT_KEYS = ['id', 'root', 'kind', 'source', 'carPath', 'profile', 'sizeBytes']
const LOCAL_KEYS = [...IMPORT_KEYS, 'createdAt', 'health', 'problem']
const DEAL_KEYS = ['dealId', 'role', 'state', 'root', 'pieceCid', 'pieceCidV2', 'pieceSize', 'provider', 'message']
const RETRIEVAL_KEYS = [
  'dealId',
  'root',
  'state',
  'message',
  'receivedBytes',
  'totalBytes',
  'provider',
  'carPath',
  'createdAt',
]

const keysOf = (value: object) => Object.keys(value)
const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

function writeFolder(cli: CommandLine): { folder: string; may: Buffer } {
  const folder = join(cli.folder, 'set')
  const may = randomBytes(2_500_000)
  mkdirSync(join(folder, 'photos'), { recursive: true })
  writeFileSync(join(folder, 'photos', 'may.jpg'), may)
  writeFileSync(join(folder, 'note.txt'), 'a note\n')
  return { folder, may }
}

test('imports are made, listed, checked, mended and dropped', async ({ cli }) => {
  const path = join(cli.folder, 'film.bin')
  const other = join(cli.folder, 'moved.bin')
  const bytes = randomBytes(2_000_000)
  writeFileSync(path, bytes)
  const imported = (await cli.run('client', 'import', path, '--json')).json
  expect(keysOf(imported)).toEqual(expect.arrayContaining(IMPORT_KEYS))
  const { id, root } = imported
  const lines = (await cli.run('client', 'local', '--json=lines')).stdout.trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(keysOf(JSON.parse(lines[0] ?? ''))).toEqual(expect.arrayContaining(LOCAL_KEYS))
  expect((await cli.run('client', 'check', '--deep', '--json')).json).toMatchObject({
    ...{ checked: 1, ok: 1, attention: 0, broken: 0 },
    items: [{ id, health: 'ok', problem: null }],
  })

  renameSync(path, other)
  const checked = await cli.run('client', 'check', id, '--json')
  expect(checked.code).toBe(1)
  expect(checked.json).toMatchObject({
    broken: 1,
    items: [
      {
        id,
        problem: {
          code: 'SOURCE_MISSING',
          message: expect.stringContaining(path),
          remedies: expect.arrayContaining(['relink']),
        },
      },
    ],
  })
  expect((await cli.run('client', 'relink', id, other, '--json')).json).toMatchObject({
    id,
    health: 'ok',
    source: other,
  })
  expect((await cli.run('client', 'materialise', id, '--json')).json).toMatchObject({
    id,
    kind: 'self-contained',
    root,
  })
  writeFileSync(other, 'something else')
  expect((await cli.run('client', 'check', '--deep')).code).toBe(0)
  const again = (await cli.run('client', 'reimport', id, '--json')).json
  expect(again.root).not.toBe(root)
  const dropped = await cli.run('client', 'drop', again.id, 'no-such', '--json')
  expect(dropped.code).toBe(1)
  expect(dropped.json).toEqual([{ id: again.id, deleted: [again.carPath], kept: [other] }])
  expect(JSON.parse(dropped.stderr).error.details.failed).toMatchObject([{ item: 'no-such', code: 'IMPORT_NOT_FOUND' }])
})

test('sizes, commitments and CARs of one DAG agree, with and without an engine', async ({ cli }) => {
  const { folder } = writeFolder(cli)
  const root = (await cli.run('client', 'import', '-q', folder)).stdout.trim()
  const generated = (await cli.run('client', 'generate-car', folder, 'generated.car', '--json')).json
  const exported = (await cli.run('client', 'export', root, 'exported.car', '--car', '--json')).json
  const car = readFileSync(join(cli.folder, 'generated.car'))
  for (const written of [generated, exported]) {
    expect(keysOf(written)).toEqual(expect.arrayContaining(['root', 'carSize', 'path']))
    expect(written).toMatchObject({ root, carSize: car.length })
    expect(Buffer.compare(readFileSync(written.path), car)).toBe(0)
  }
  const stat = (await cli.run('client', 'stat', root, '--json')).json
  expect(stat).toMatchObject({ root, payloadSize: 2_500_007, carSize: car.length, pieceSize: 4_194_304 })
  const commP = (await cli.run('client', 'commP', root, '--json')).json
  expect(commP).toEqual({
    ...{ root, payloadSize: 2_500_007, carSize: car.length, pieceSize: 4_194_304 },
    ...{ pieceCid: expect.stringMatching(/^baga/), pieceCidV2: expect.stringMatching(/^bafkz/) },
  })
  expect((await cli.run('client', 'commP', 'generated.car', '--json')).json).toEqual(commP)
  expect((await cli.run('pieces', 'commp', 'generated.car', '--json')).json).toMatchObject({ pieceCid: commP.pieceCid })
  await cli.run('client', 'export', root, 'two.car', '--car-v2')
  expect((await cli.run('client', 'commP', 'two.car', '--json')).json).toEqual(commP)
  expect((await cli.run('car', 'inspect', 'two.car')).stdout).toContain('Version: 2')

  const engine = await cli.serve()
  expect((await cli.run('client', 'commP', root, '--json')).json).toEqual(commP)
  expect((await cli.run('client', 'stat', root, '--json')).json).toEqual(stat)
  const taken = await cli.run('client', 'export', root, 'exported.car', '--car', '--json')
  expect(JSON.parse(taken.stderr)).toMatchObject({ error: { code: 'FILE_EXISTS', kind: 'conflict' } })
  expect((await cli.run('client', 'export', root, 'exported.car', '--car', '--force')).code).toBe(0)
  expect((await cli.run('client', 'generate-car', folder, 'generated.car')).code).toBe(1)
  expect((await cli.run('client', 'commP', 'nothing.car')).stderr).toContain('does not exist')
  await engine.stop()
})

test('what is here is listed and streamed by root and path', async ({ cli }) => {
  test.slow() // some thirty runs of the program
  const { folder, may } = writeFolder(cli)
  const root = (await cli.run('client', 'import', '-q', folder)).stdout.trim()
  for (const mode of ['alone', 'with an engine']) {
    const engine = mode === 'alone' ? null : await cli.serve()
    const listed = (await cli.run('client', 'ls', root, '--json')).json
    expect(listed).toEqual([
      { name: 'note.txt', cid: expect.any(String), type: 'file', size: 7 },
      { name: 'photos', cid: expect.any(String), type: 'directory', size: null },
    ])
    const deep = (await cli.run('client', 'ls', '--depth', '2', root, '--json=lines')).stdout.trim().split('\n')
    expect(deep.map((line) => JSON.parse(line).name)).toEqual(['note.txt', 'photos', 'photos/may.jpg'])
    const links = (await cli.run('client', 'ls', '--ipld', `${root}/photos/may.jpg`, '--json')).json
    expect(links.map(({ name }: { name: string }) => name)).toEqual(['Links/0/Hash', 'Links/1/Hash', 'Links/2/Hash'])
    expect(links[0]).toMatchObject({ type: 'raw', size: 1_048_576 })
    expect((await cli.run('client', 'cat', `${root}/note.txt`)).stdout).toBe('a note\n')
    expect((await cli.run('client', 'cat', '--offset', '2', '--length', '4', `${root}/note.txt`)).stdout).toBe('note')
    expect((await cli.run('client', 'cat', '--offset', '7', `${root}/note.txt`)).stdout).toBe('')
    expect((await cli.run('client', 'cat', `/ipfs/${listed[0].cid}`)).code).toBe(1)
    await cli.run('client', 'export', `${root}/photos/may.jpg`, `may ${mode}.jpg`)
    expect(digest(readFileSync(join(cli.folder, `may ${mode}.jpg`)))).toBe(digest(may))
    for (const args of [
      ['cat', `${root}/photos`],
      ['cat', `${root}/nothing`],
      ['ls', `${root}/nothing`],
    ])
      expect((await cli.run('client', ...args)).code).toBe(1)
    await engine?.stop()
  }
  expect((await cli.run('client', 'ls', '--depth', '0', root)).code).toBe(2)
  expect((await cli.run('client', 'cat', '--json', root)).code).toBe(2)
})

test('deals and retrievals are listed, a part of a DAG is retrieved and proven', async ({ cli }) => {
  test.slow() // some thirty runs of the program
  const { folder, may } = writeFolder(cli)
  await cli.serve()
  const root = (await cli.run('client', 'import', '-q', folder)).stdout.trim()
  const proposed = (await cli.run('client', 'deal', root, '--no-wait', '--json')).json
  expect(keysOf(proposed)).toEqual(expect.arrayContaining(DEAL_KEYS))
  await expect
    .poll(async () => (await cli.run('client', 'get-deal', proposed.dealId, '-q')).stdout.trim())
    .toBe('active')
  const deals = (await cli.run('client', 'list-deals', '--json')).json
  for (const deal of deals) expect(keysOf(deal)).toEqual(expect.arrayContaining(DEAL_KEYS))
  expect(deals.map(({ role, state }: { role: string; state: string }) => [role, state]).sort()).toEqual([
    ['client', 'active'],
    ['provider', 'active'],
  ])
  expect((await cli.run('client', 'get-deal', 'none', '--json')).code).toBe(1)

  const out = join(cli.folder, 'may.jpg')
  const part = (await cli.run('client', 'retrieve', '--data-selector', 'photos/may.jpg', root, out, '--json')).json
  expect(part).toMatchObject({ root, selector: 'photos/may.jpg', state: 'done', path: out })
  expect(keysOf(part)).toEqual(expect.arrayContaining([...RETRIEVAL_KEYS, 'path']))
  expect(digest(readFileSync(out))).toBe(digest(may))
  expect(part.receivedBytes).toBeLessThan(may.length + 2000)

  const proof = ['--data-selector', 'photos/Links/0/Hash/Links/1/Hash', '--car', '--car-export-merkle-proof']
  expect((await cli.run('client', 'retrieve', ...proof, root, 'proof.car')).code).toBe(0)
  const inspected = (await cli.run('car', 'inspect', 'proof.car', '--json')).json
  expect(inspected).toMatchObject({ roots: [root], blockCount: 4 })
  expect((await cli.run('client', 'retrieve', '--data-selector', proof[1] ?? '', '--car', root, 'leaf.car')).code).toBe(
    0,
  )
  expect((await cli.run('car', 'inspect', 'leaf.car', '--json')).json).toMatchObject({ blockCount: 1 })
  expect((await cli.run('client', 'retrieve', '--car-export-merkle-proof', '--car', root, 'x.car')).code).toBe(2)
  const absent = await cli.run('client', 'retrieve', '--data-selector', 'photos/june.jpg', root, 'x', '--json')
  expect(JSON.parse(absent.stderr)).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } })

  const retrievals = (await cli.run('client', 'list-retrievals', '--json')).json
  expect(retrievals).toHaveLength(4)
  for (const retrieval of retrievals) expect(keysOf(retrieval)).toEqual(expect.arrayContaining(RETRIEVAL_KEYS))
  expect((await cli.run('client', 'cancel-retrieval', part.dealId, '--json')).json).toMatchObject({ state: 'done' })
  expect((await cli.run('client', 'retrieve', '--from', 'local', root, 'all', '--json')).json).toMatchObject({
    provider: 'local',
  })
  expect(statSync(join(cli.folder, 'all', 'photos', 'may.jpg')).size).toBe(may.length)
})
