import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { beforeEach, describe, expect, it } from 'vitest'
import { rawBlock, type TestBlock } from '../testing/blocks.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { parseSelector, selectBlocks } from './index.ts'

const EVERYTHING = '{"R":{"l":{"none":{}},":>":{"a":{">":{"@":{}}}}}}'

let dags: MemoryDags
let names: Map<string, string>

async function add(name: string, code: number, bytes: Uint8Array): Promise<CID> {
  const { cid } = await rawBlock(bytes)
  return keep(name, { cid: CID.createV1(code, cid.multihash), bytes })
}

async function keep(name: string, { cid, bytes }: TestBlock): Promise<CID> {
  await dags.put(cid, bytes)
  names.set(cid.toString(), name)
  return cid
}

const cbor = (name: string, value: unknown) => add(name, dagCbor.code, dagCbor.encode(value))
const raw = async (name: string) => keep(name, await rawBlock(name))

/** A UnixFS folder or file of the blocks given. */
function unixfs(name: string, type: 'directory' | 'file', children: Array<[name: string, CID, size: number]>) {
  const blockSizes = type === 'file' ? children.map(([, , size]) => BigInt(size)) : undefined
  const Data = new UnixFS({ type, ...(blockSizes === undefined ? {} : { blockSizes }) }).marshal()
  const Links = children.map(([Name, Hash, Tsize]) => ({ Name, Hash, Tsize }))
  return add(name, dagPb.code, dagPb.encode(dagPb.prepare({ Data, Links })))
}

/** Names of the blocks that a selector reads; `!` in front of one that is missing. */
async function selected(root: CID, selector: string): Promise<string> {
  const found: string[] = []
  for await (const { cid, bytes } of selectBlocks(dags, root, parseSelector(selector)))
    found.push(`${bytes === null ? '!' : ''}${names.get(cid.toString())}`)
  return found.join(' ')
}

beforeEach(() => {
  dags = new MemoryDags()
  names = new Map()
})

describe('a selector', () => {
  let top: CID, left: CID, right: CID, shared: CID

  beforeEach(async () => {
    shared = await raw('shared')
    left = await cbor('left', { shared, own: await raw('own') })
    right = await cbor('right', [shared, 7, null, 'text', [await raw('deep')]])
    top = await cbor('top', { list: [left, right], right })
  })

  it('reads everything, each block once, in the order of the data', async () => {
    expect(await selected(top, EVERYTHING)).toBe('top left own shared right deep')
  })

  it.each([
    ['the root alone', '{".":{}}', 'top'],
    ['a field', '{"f":{"f>":{"right":{".":{}},"none":{".":{}}}}}', 'top right'],
    ['an element of a list', '{"f":{"f>":{"list":{"i":{"i":1,">":{".":{}}}}}}}', 'top right'],
    ['elements by name', '{"f":{"f>":{"list":{"f":{"f>":{"0":{".":{}}}}}}}}', 'top left'],
    ['a range', '{"f":{"f>":{"list":{"r":{"^":0,"$":9,">":{".":{}}}}}}}', 'top left right'],
    ['a range of what is no list', '{"r":{"^":0,"$":9,">":{".":{}}}}', 'top'],
    [
      'several',
      '{"f":{"f>":{"right":{"|":[{"i":{"i":0,">":{".":{}}}},{"i":{"i":4,">":{"a":{">":{".":{}}}}}}]}}}}',
      'top right shared deep',
    ],
    ['so many steps', '{"R":{"l":{"depth":3},":>":{"a":{">":{"@":{}}}}}}', 'top left right shared'],
    ['no further than asked', '{"R":{"l":{"none":{}},":>":{"f":{"f>":{"right":{"@":{}}}}}}}', 'top right'],
  ])('reads %s', async (_, selector, blocks) => {
    expect(await selected(top, selector)).toBe(blocks)
  })

  it('stops at a link', async () => {
    const stop = `{"R":{"l":{"none":{}},"!":{"/":{"/":"${right}"}},":>":{"a":{">":{"@":{}}}}}}`
    expect(await selected(top, stop)).toBe('top left own shared')
  })

  it('passes over what is missing', async () => {
    dags.blocks.delete(left.toString())
    expect(await selected(top, EVERYTHING)).toBe('top !left right shared deep')
    dags.blocks.delete(top.toString())
    expect(await selected(top, EVERYTHING)).toBe('!top')
  })

  it('ends soon where every block links twice to the next', async () => {
    let cid = await raw('last')
    for (let i = 0; i < 60; i++) cid = await cbor(`${i}`, [cid, cid])
    expect((await selected(cid, EVERYTHING)).split(' ')).toHaveLength(61)
  })

  it('goes down long chains', async () => {
    let cid = await raw('last')
    for (let i = 0; i < 3000; i++) cid = await cbor(`${i}`, { next: cid })
    expect((await selected(cid, EVERYTHING)).split(' ')).toHaveLength(3001)
  })

  it('can be cancelled', async () => {
    const blocks = selectBlocks(dags, top, parseSelector(EVERYTHING), { signal: AbortSignal.abort() })
    await blocks.next()
    await expect(blocks.next()).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('taken for UnixFS', () => {
  const inside = (path: string[], last: string): string =>
    path.reduceRight((below, name) => `{"~":{"as":"unixfs",">":{"f":{"f>":{"${name}":${below}}}}}}`, last)
  const file = (subset = '') => `{"~":{"as":"unixfs",">":{".":{${subset}}}}}`
  let root: CID

  beforeEach(async () => {
    const parts = [await raw('aaaa'), await raw('bbbb'), await raw('cccc')]
    const film = await unixfs(
      'film',
      'file',
      parts.map((part) => ['', part, 4]),
    )
    const sub = await unixfs('sub', 'directory', [['film', film, 12]])
    root = await unixfs('root', 'directory', [
      ['other', await raw('other'), 5],
      ['sub', sub, 12],
    ])
  })

  it('a path leads to a file, and its content is read', async () => {
    expect(await selected(root, inside(['sub', 'film'], file()))).toBe('root sub film aaaa bbbb cccc')
  })

  it.each([
    ['"subset":{"[":5,"]":7}', 'bbbb'],
    ['"subset":{"[":3,"]":5}', 'aaaa bbbb'],
    ['"subset":{"[":-3,"]":12}', 'cccc'],
    ['"subset":{"[":0,"]":-5}', 'aaaa bbbb'],
    ['"subset":{"[":12,"]":20}', ''],
  ])('of the content, %s', async (subset, parts) => {
    expect(await selected(root, inside(['sub', 'film'], file(subset)))).toBe(`root sub film ${parts}`.trim())
  })

  it('a name that is not there leads nowhere, and content that is missing is passed over', async () => {
    expect(await selected(root, inside(['sub', 'none'], file()))).toBe('root sub')
    dags.blocks.delete((await rawBlock('bbbb')).cid.toString())
    expect(await selected(root, inside(['sub', 'film'], file()))).toMatch(/^root sub film aaaa !bbbb/)
  })

  it('a node that is not UnixFS is the map of its links', async () => {
    const plain = await add('plain', dagPb.code, dagPb.encode({ Links: [{ Name: 'to', Hash: root, Tsize: 1 }] }))
    expect(await selected(plain, inside(['to'], '{".":{}}'))).toBe('plain root')
  })
})
