import { existsSync } from 'node:fs'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { beforeEach, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { CarFileWriter, verifyCar } from '../car/index.ts'
import { identityBlock, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { getDag } from './index.ts'

const at = temporaryFolder('get-dag')

async function node(value: unknown): Promise<TestBlock> {
  const bytes = dagCbor.encode(value)
  const { cid } = await rawBlock(bytes)
  return { cid: CID.createV1(dagCbor.code, cid.multihash), bytes }
}

async function writeCar(name: string, roots: CID[], blocks: TestBlock[]): Promise<void> {
  const writer = await CarFileWriter.create(at(name), { version: 2, roots })
  for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
  await writer.finish()
}

async function cids(name: string): Promise<string[]> {
  const blockstore = await openCarBlockstore(at(name))
  const all: string[] = []
  for await (const cid of blockstore.cids()) all.push(cid.toString())
  await blockstore.close()
  return all
}

let left: TestBlock, right: TestBlock, middle: TestBlock, top: TestBlock, stranger: TestBlock
const texts = (...blocks: TestBlock[]) => blocks.map(({ cid }) => cid.toString())
const options = { version: 2, strict: false } as const

beforeEach(async () => {
  left = await rawBlock('left')
  right = await rawBlock('right')
  stranger = await rawBlock('stranger')
  middle = await node({ a: left.cid, b: right.cid })
  top = await node([middle.cid, left.cid, identityBlock('inline').cid, right.cid])
})

describe('getDag', () => {
  it.each([1, 2] as const)('writes a CARv%i of the DAG, each block once, in depth-first order', async (version) => {
    await writeCar('in.car', [top.cid], [stranger, right, left, middle, top])
    const got = await getDag(at('in.car'), null, at('out.car'), { ...options, version })
    expect({ ...got, root: got.root.toString() }).toEqual({ root: top.cid.toString(), blockCount: 4, missing: 0 })
    expect(await cids('out.car')).toEqual(texts(top, middle, left, right))
    expect(await verifyCar(at('out.car'), inlineTaskRunner)).toMatchObject({ ok: true, version })
  })

  it('starts where it is told to, and asks where the CAR does not say', async () => {
    await writeCar('in.car', [top.cid, stranger.cid], [stranger, right, left, middle, top])
    await getDag(at('in.car'), middle.cid, at('out.car'), options)
    expect(await cids('out.car')).toEqual(texts(middle, left, right))
    await expect(getDag(at('in.car'), null, at('no.car'), options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('leaves out what is missing, unless that is not allowed', async () => {
    await writeCar('in.car', [top.cid], [right, middle, top])
    expect(await getDag(at('in.car'), null, at('out.car'), options)).toMatchObject({ blockCount: 3, missing: 1 })
    expect(await cids('out.car')).toEqual(texts(top, middle, right))
    await expect(getDag(at('in.car'), null, at('no.car'), { ...options, strict: true })).rejects.toMatchObject({
      code: 'BLOCK_NOT_FOUND',
      details: { goCar: `ipld: could not find ${left.cid}` },
    })
    expect(existsSync(at('no.car'))).toBe(false)
  })
})
