import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concatCars, generateIndexFile, putBlock } from '../../engine/index.ts'
import { foreignFixture } from '../../engine/testing/fixtures.ts'
import { temporaryFolder } from '../../engine/testing/temporary-folder.ts'
import { createProgram } from '../program.ts'
import { normaliseArguments } from '../verbs.ts'

const at = temporaryFolder('car-verbs')
const paths = {
  workerUrl: new URL('../../engine/workers/engine.worker.ts', import.meta.url),
  rendererDir: '/unused',
}

/** `carport car …` in this process, as its user sees it. */
async function car(args: string[], stdin: string | Uint8Array = '') {
  const written = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((data) => {
      written[name].push(Buffer.from(data as string))
      return true
    })
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(stdin)]) as never)
  let code = -1
  try {
    const program = createProgram(paths, (exitCode) => {
      code = exitCode
    })
    await program.parseAsync(normaliseArguments(['car', ...args]), { from: 'user' })
  } finally {
    vi.restoreAllMocks()
  }
  const bytes = Buffer.concat(written.stdout)
  return { code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(written.stderr).toString() }
}

const json = async (args: string[], stdin?: string) => JSON.parse((await car([...args, '--json'], stdin)).stdout)
const linesOf = async (...args: string[]) => (await car(args)).stdout.split('\n').slice(0, -1)

async function folder(): Promise<void> {
  await mkdir(at('in/sub'), { recursive: true })
  await writeFile(at('in/one.txt'), 'one')
  await writeFile(at('in/sub/two.txt'), 'two')
}

/** Makes a CAR of raw blocks, the first its root, and gives their CIDs. */
async function blocks(name: string, ...contents: string[]): Promise<string[]> {
  const cids: string[] = []
  for (const content of contents) {
    const as = { as: { codec: 'raw' }, version: 2, setRoot: cids.length === 0 } as const
    cids.push((await putBlock(at(name), Buffer.from(content), as)).cid.toString())
  }
  return cids
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('car create, verify, list, root and extract', () => {
  it('make a CAR and give the files back', async () => {
    await folder()
    expect(await car(['create', '--file', at('made.car'), at('in')])).toMatchObject({ code: 0, stdout: '' })
    expect((await car(['verify', at('made.car')])).code).toBe(0)
    expect(await linesOf('list', '--unixfs', at('made.car'))).toEqual(['in', 'in/one.txt', 'in/sub', 'in/sub/two.txt'])
    await mkdir(at('out'))
    expect(await car(['extract', '-f', at('made.car'), '-o', at('out')])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'extracted 2 file(s)\n',
    })
    expect(readFileSync(at('out/in/sub/two.txt'), 'utf8')).toBe('two')
    const [root] = await linesOf('root', at('made.car'))
    expect(await linesOf('list', at('made.car'))).toContain(root)
    const again = await car(['create', '--file', at('made.car'), at('in')])
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('FILE_EXISTS') })
  })

  it('give one file on stdout, and fail where there is nothing to extract', async () => {
    await folder()
    await car(['create', '-f', at('made.car'), '--no-wrap', at('in')])
    const one = await car(['x', '-f', '-', '-o', '-', 'sub/two.txt'], readFileSync(at('made.car')))
    expect(one).toMatchObject({ code: 0, stdout: 'two', stderr: 'extracted 1 file(s)\n' })
    await blocks('raw.car', 'raw')
    expect(await car(['x', '-f', at('raw.car'), '-o', at()])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/skipping raw root .*\nno files extracted\n/),
    })
  })

  it('answer in JSON', async () => {
    await folder()
    const made = await json(['create', '-o', at('made.car'), at('in')])
    expect(made).toEqual({ root: expect.stringMatching(/^bafy/), path: at('made.car') })
    expect(await json(['root', at('made.car')])).toEqual({ roots: [made.root] })
    expect(await json(['verify', at('made.car')])).toMatchObject({ ok: true, roots: [made.root], problems: [] })
    expect(await json(['inspect', at('made.car')])).toMatchObject({ version: 2, blockCount: 5, rootsPresent: true })
    expect(await json(['list', at('made.car')])).toHaveLength(5)
    expect((await car(['list', '--json=lines', at('made.car')])).stdout.trim().split('\n')).toHaveLength(5)
    expect((await json(['list', '--unixfs', at('made.car')]))[1]).toEqual({
      path: 'in/one.txt',
      cid: expect.stringMatching(/^bafk/),
    })
    await mkdir(at('out'))
    expect(await json(['extract', '-f', at('made.car'), '-o', at('out')])).toEqual({
      fileCount: 2,
      files: ['in/one.txt', 'in/sub/two.txt'],
    })
    const index = await json(['index', 'create', at('made.car'), at('made.idx')])
    expect(index).toMatchObject({ path: at('made.idx'), codec: 0x0401, recordCount: 5 })
    expect(await json(['detach-index', 'list', at('made.idx')])).toHaveLength(5)
  })
})

describe('car filter', () => {
  it('keeps what is named, drops it with -inverse, and adds with -append', async () => {
    const [one = '', two = '', three = ''] = await blocks('in.car', 'one', 'two', 'three')
    const kept = await car(['filter', at('in.car'), at('out.car')], `${two}\n\n`)
    expect(kept).toMatchObject({ code: 0, stderr: 'warning: no roots defined after filtering\n' })
    expect(kept.stdout).toBe('filtering to 1 cids\n')
    expect(await linesOf('list', at('out.car'))).toEqual([two])
    await car(['filter', '-append', at('in.car'), at('out.car')], three)
    expect(await linesOf('list', at('out.car'))).toEqual([two, three])
    await writeFile(at('cids'), `${two}\n${two}\n`)
    const inverse = await car(['f', '-cid-file', at('cids'), '-inverse', at('in.car'), at('out.car')])
    expect(inverse.stderr).toBe(`duplicate cid: ${two}\n`)
    expect(await linesOf('list', at('out.car'))).toEqual([one, three])
    expect(await linesOf('root', at('out.car'))).toEqual([one])
    expect(await json(['filter', at('in.car'), at('out.car')], one)).toMatchObject({
      kept: 1,
      dropped: 2,
      roots: [one],
    })
  })
})

describe('car put-block, get-block and get-dag', () => {
  it('put the bytes on stdin, and give them back', async () => {
    const made = await car(['put-block', '-set-root', '-version=1', at('made.car')], 'hello world')
    const cid = made.stdout.trim()
    expect(made.stderr).toBe(`Created new CAR file: ${at('made.car')}\n`)
    expect((await car(['pb', at('made.car')], 'second')).stderr).toMatch(
      /^Block added to existing CAR file: .* \(roots: 1\)/,
    )
    expect((await car(['get-block', at('made.car'), cid])).stdout).toBe('hello world')
    expect(await json(['gb', at('made.car'), cid, at('block')])).toMatchObject({ cid, sizeBytes: 11 })
    expect(await json(['get-dag', at('made.car'), at('dag.car')])).toMatchObject({
      root: cid,
      blockCount: 1,
      missing: 0,
    })
    expect(await linesOf('list', at('dag.car'))).toEqual([cid])
  })

  it('refuse what does not fit', async () => {
    const [cid = ''] = await blocks('in.car', 'hello')
    const both = await car(['put-block', '--cid', cid, '--codec', 'dag-pb', at('new.car')], 'hello')
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('mutually exclusive') })
    const other = await car(['put-block', '--cid', cid, at('new.car')], 'other')
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('CID mismatch') })
    expect(existsSync(at('new.car'))).toBe(false)
    const absent = 'bafy2bzacebohz654namrgmwjjx4qmtwgxixsd7pn4tlanyrc3g3hwj75xxxx'
    expect(await car(['get-block', at('in.car'), `${absent}x`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`ipld: could not find ${absent}w\n`),
    })
  })
})

describe('every verb of car', () => {
  it('answers with one JSON value on stdout, or says that it has none', async () => {
    await folder()
    const [made, cids] = [at('made.car'), at('cids')]
    await mkdir(at('out'))
    const created = await json(['create', '--file', made, at('in')])
    await writeFile(cids, `${created.root}\n`)
    const block = await json(['put-block', at('block.car')], 'bytes')
    expect(block).toMatchObject({ created: true, version: 2 })
    expect(await json(['get-block', at('block.car'), block.cid])).toEqual({
      cid: block.cid,
      sizeBytes: 5,
      data: Buffer.from('bytes').toString('base64'),
    })
    for (const args of [
      ['extract', '-f', made, '-o', at('out')],
      ['list', made],
      ['list', '-v', made],
      ['list', '--unixfs', made],
      ['list', '--unixfs-blocks', made, at('names')],
      ['index', made, at('indexed.car')],
      ['index', '--version', '1', made, at('plain.car')],
      ['index', 'create', made, at('made.idx')],
      ['detach-index', made, at('detached.idx')],
      ['detach-index', 'list', at('detached.idx')],
      ['inspect', '--full', made],
      ['verify', made],
      ['get-block', made, created.root, at('block')],
      ['get-dag', made, at('dag.car')],
      ['root', made],
      ['filter', '--cid-file', cids, made, at('filtered.car')],
      ['concat', '-o', at('both.car'), made, made],
      ['debug', '-o', at('text'), made],
      ['compile', '-o', at('compiled.car'), at('text')],
      ['repair', made, at('repaired.car')],
    ]) {
      const { code, stdout } = await car([...args, '--json'])
      expect(code, args.join(' ')).toBe(0)
      expect(JSON.parse(stdout), args.join(' ')).toEqual(expect.any(Object))
    }
    for (const args of [
      ['index', made],
      ['index', 'create', made],
      ['detach-index', made],
      ['concat', made],
      ['debug', made],
      ['extract', '-f', made, '-o', '-'],
    ]) {
      const { code, stdout, stderr } = await car([...args, '--json'])
      expect([code, stdout], args.join(' ')).toEqual([2, ''])
      expect(JSON.parse(stderr).error.code).toBe('INVALID_ARGUMENT')
    }
  })
})

describe('car get-dag --selector', () => {
  it('writes what a selector reads, and says what is wrong with one', async () => {
    await folder()
    await car(['create', '--no-wrap', '--file', at('made.car'), at('in')])
    const [root = ''] = await linesOf('root', at('made.car'))
    const selector = '{"f":{"f>":{"Links":{"i":{"i":0,">":{"f":{"f>":{"Hash":{".":{}}}}}}}}}}'
    expect(await json(['get-dag', '-s', selector, at('made.car'), at('part.car')])).toMatchObject({ blockCount: 2 })
    expect((await linesOf('list', at('part.car')))[0]).toBe(root)
    expect(
      (await car(['gd', '-selector', selector, '-version', '1', at('made.car'), root, at('part1.car')])).code,
    ).toBe(0)
    expect(await linesOf('list', at('part1.car'))).toHaveLength(2)
    const strict = await car([
      'get-dag',
      '--strict',
      '-s',
      '{"R":{"l":{"none":{}},":>":{"a":{">":{"@":{}}}}}}',
      at('part.car'),
      at('no.car'),
    ])
    expect(strict).toMatchObject({ code: 1, stderr: expect.stringContaining('ipld: could not find') })
    const wrong = await car(['get-dag', '--selector={"x":{}}', at('made.car'), at('no.car')])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('selector spec parse rejected: "x"') })
    expect(existsSync(at('no.car'))).toBe(false)
  })
})

describe('car list', () => {
  it('names what is there where blocks are missing, tells what is not, and fails as go-car does', async () => {
    await folder()
    await car(['create', '--no-wrap', '--file', at('made.car'), at('in')])
    const cids = await json(['list', '--unixfs', at('made.car')])
    const { cid } = cids.find(({ path }: { path: string }) => path === 'sub')
    await car(['filter', '--inverse', at('made.car'), at('part.car')], cid)
    const listed = await car(['list', '--unixfs', at('part.car')])
    expect(listed).toMatchObject({ code: 1, stdout: 'one.txt\nsub\n' })
    expect(listed.stderr).toBe('data for entry not found: /sub (skipping...)\n')
    expect((await linesOf('list', '--unixfs-blocks', at('made.car')))[1]).toBe(`${cid} sub`)
  })

  it('says more of each block with -v', async () => {
    await folder()
    await car(['create', '--no-wrap', '--file', at('made.car'), at('in')])
    const { stdout } = await car(['list', '-v', at('made.car')])
    expect(stdout).toMatch(/^raw: bafkrei\w+$/m)
    expect(stdout).toMatch(
      /^dag-pb: bafybei\w+\n\t2 links\. 2 bytes\n\t\tone\.txt\[3 B\] bafkrei\w+\n\t\tsub\[\d+ B\] bafybei\w+\n\tUnixfs Directory$/m,
    )
    const rows = await json(['list', '-v', at('made.car')])
    expect(rows[0]).toMatchObject({ description: { codec: 'raw' } })
  })
})

describe('car concat', () => {
  it('puts sections behind each other, on stdout or into a file of either version', async () => {
    const first = await blocks('1.car', 'one', 'two')
    const second = await blocks('2.car', 'two', 'three')
    const both = await car(['concat', at('1.car'), at('2.car')])
    await writeFile(at('both.car'), both.bytes)
    expect(await linesOf('list', at('both.car'))).toEqual([...first, ...second])
    expect(await linesOf('root', at('both.car'))).toEqual(first.slice(0, 1))
    await car(['concat', '-o', at('v2.car'), '-version', '2', at('1.car'), at('2.car')])
    expect((await car(['verify', at('v2.car')])).code).toBe(0)
    await concatCars([at('1.car'), at('2.car')], at('same.car'))
    expect(readFileSync(at('same.car')).equals(both.bytes)).toBe(true)
  })
})

describe('car debug and compile', () => {
  it('go through a text and back', async () => {
    await folder()
    await car(['create', '-f', at('made.car'), at('in')])
    expect(await car(['debug', '-o', at('made.patch'), at('made.car')])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(await car(['compile', '-o', at('new.car'), at('made.patch')])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(readFileSync(at('new.car')).equals(readFileSync(at('made.car')))).toBe(true)
    const piped = await car(['debug'], readFileSync(at('made.car')))
    expect(piped.stdout).toMatch(/^car compile --v2 -\nroot bafy/)
    expect(await car(['compile'], piped.bytes)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cannot stream/),
    })
    const over = await car(['compile', at('made.patch')])
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('FILE_EXISTS') })
    const edited = readFileSync(at('made.patch'), 'utf8').replace('\none\n', '\nedited\n')
    expect(await json(['compile', '-o', at('new.car')], edited)).toMatchObject({
      blockCount: 5,
      renamed: { length: 3 },
    })
    expect((await car(['verify', at('new.car')])).code).toBe(0)
  })
})

const v1 = foreignFixture('car/v2/testdata/sample-v1.car') ?? ''
const v2 = foreignFixture('car/v2/testdata/sample-wrapped-v2.car') ?? ''

describe.skipIf(v1 === '' || v2 === '')("car on go-car's sample files", () => {
  const REPORT = [
    'Roots: bafy2bzaced4ueelaegfs5fqu4tzsh6ywbbpfk3cxppupmxfdhbpbhzawfw5oy',
    'Root blocks present in data: Yes',
    'Block count: 1049',
    'Min / average / max block length (bytes): 1 / 417 / 1342',
    'Min / average / max CID length (bytes): 14 / 37 / 38',
    'Block count per codec:',
    '\traw: 6',
    '\tdag-cbor: 1043',
    'CID count per multihash:',
    '\tidentity: 6',
    '\tblake2b-256: 1043',
  ]
  const V2_REPORT = [
    'Characteristics: 00000000000000000000000000000000',
    'Data offset: 51',
    'Data (payload) length: 479907',
    'Index offset: 479958',
    'Index type: car-multihash-index-sorted',
  ]

  it.each([[], ['--full'], ['-full']])('inspects them with the lines of go-car %s', async (...flags) => {
    expect(await linesOf('inspect', ...flags, v1)).toEqual(['Version: 1', ...REPORT])
    expect(await linesOf('inspect', ...flags, v2)).toEqual(['Version: 2', ...V2_REPORT, ...REPORT])
  })

  it('makes the index that go-car made, byte for byte', async () => {
    const detached = (await car(['detach-index', v2])).bytes
    expect((await car(['index', 'create', v1])).bytes.equals(detached)).toBe(true)
    await car(['detach-index', v2, at('detached.idx')])
    await generateIndexFile(v1, at('made.idx'))
    for (const name of ['detached.idx', 'made.idx']) expect(readFileSync(at(name)).equals(detached)).toBe(true)
    expect((await car(['detach-index', v1])).code).toBe(1)
  })

  it('takes the payload out of a CARv2, and wraps it again', async () => {
    expect((await car(['index', '-version', '1', '-codec', 'none', v2])).bytes.equals(readFileSync(v1))).toBe(true)
    expect((await car(['index', v1, at('wrapped.car')])).code).toBe(0)
    expect((await car(['verify', at('wrapped.car')])).code).toBe(0)
    expect((await car(['index', '--version', '1', v2])).bytes.equals(readFileSync(v1))).toBe(true)
    expect(await car(['index', '--version', '1', '-c', 'car-index-sorted', v2])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'none' is the only supported codec for a v1 car"),
    })
  })
})
