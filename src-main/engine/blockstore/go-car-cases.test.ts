/** Cases of go-car's own tests that no other test here has: arithmetic of the container, header matching, selective writing. */
import { copyFile, readFile } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { EngineError, FileReader } from '../base/index.ts'
import { CarFileWriter, openCarIndex, readCarLayout, readCarStream } from '../car/index.ts'
import { getDag } from '../car-tools/index.ts'
import { parseSelector, selectBlocks } from '../selector/index.ts'
import { identityBlock, numberedBlock, numberedBlocks } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { denseCar } from '../unixfs/index.ts'
import { openCarBlockstore, ReadWriteBlockstore } from './index.ts'

const at = temporaryFolder('cases')
const sample = (name: string) => foreignFixture(`car/v2/testdata/${name}`)

async function layoutOf(path: string) {
  const reader = FileReader.open(path)
  try {
    return await readCarLayout(reader)
  } finally {
    await reader.close()
  }
}

describe('the container', () => {
  it.each([
    [0, 0, 51, 174],
    [3, 0, 54, 177],
    [3, 7, 54, 184],
    [1413, 1314, 1464, 2901],
  ])(
    'with paddings of %i and %i has its payload at %i and its index at %i',
    async (dataPadding, indexPadding, payload, index) => {
      const { cid } = await numberedBlock(0)
      const writer = await CarFileWriter.create(at('a.car'), { version: 2, roots: [cid], dataPadding, indexPadding })
      const bytes = new Uint8Array(27) // a payload of 123 bytes: header 59, length 1, CID 36
      await writer.put(cid, bytes)
      await writer.finish()
      expect(await layoutOf(at('a.car'))).toMatchObject({
        payloadOffset: payload,
        payloadSize: 123,
        indexOffset: index,
      })
    },
  )

  it('cannot be read once its file is closed', async () => {
    const reader = FileReader.open(fixture('car/generated/rw-basic.car'))
    await reader.close()
    await expect(readCarLayout(reader)).rejects.toBeInstanceOf(EngineError)
    const store = await openCarBlockstore(fixture('car/generated/rw-basic.car'))
    await store.close()
    await expect(store.get((await numberedBlock(0)).cid)).rejects.toBeInstanceOf(EngineError)
  })

  it.each([
    ['a0', 'CAR_TRUNCATED'],
    ['640000', 'CAR_INVALID'], // what is there of the section is no CID
  ])('is not over when %s follows', async (hex, code) => {
    const bytes = Buffer.concat([await readFile(fixture('car/generated/rw-v1.car')), Buffer.from(hex, 'hex')])
    const { sections } = await readCarStream(once(bytes))
    const read = async () => {
      for await (const _ of sections);
    }
    await expect(read()).rejects.toMatchObject({ code })
  })
})

describe('headers match', () => {
  it.each([
    ['none and none', '', '', true],
    ['one and the same', 'a', 'a', true],
    ['one and another', 'a', 'b', false],
    ['none and one', '', 'a', false],
    ['one and none', 'a', '', false],
    ['two in any order', 'ab', 'ba', true],
    ['two and one of them', 'ab', 'a', false],
    ['one twice and two', 'aa', 'ab', false],
    ['two and one of them twice', 'ab', 'bb', false],
    ['three in any order', 'abc', 'cab', true],
  ])('%s', async (_, stored, asked, matches) => {
    const roots = new Map((await numberedBlocks(3)).map(({ cid }, i) => ['abc'[i] as string, cid]))
    const rootsOf = (names: string) => [...names].map((name) => roots.get(name) as CID)
    await (await ReadWriteBlockstore.open(at('a.car'), { roots: rootsOf(stored) })).discard()
    const opening = ReadWriteBlockstore.open(at('a.car'), { roots: rootsOf(asked) })
    if (matches) await (await opening).discard()
    else await expect(opening).rejects.toMatchObject({ code: 'CAR_ROOTS_MISMATCH' })
  })
})

describe('a session', () => {
  it('of a finalized file without blocks goes on', async () => {
    await copyFile(fixture('car/generated/rw-emptyroots.car'), at('a.car'))
    const store = await ReadWriteBlockstore.open(at('a.car'), { roots: [] })
    const { cid, bytes } = await numberedBlock(0)
    await store.put(cid, bytes)
    await store.finalize()
    const again = await openCarBlockstore(at('a.car'))
    expect(await again.get(cid)).toEqual(bytes)
    await again.close()
  })

  it('indexes identity blocks that it stores, the empty one too, each where it lies', async () => {
    const { cid: root } = await numberedBlock(0)
    const store = await ReadWriteBlockstore.open(at('a.car'), { roots: [root], storeIdentity: true })
    for (const text of ['', 'inline']) {
      const { cid, bytes } = identityBlock(text)
      await store.put(cid, bytes)
    }
    await store.finalize()
    const reader = FileReader.open(at('a.car'))
    const { indexOffset } = await readCarLayout(reader)
    const range = { offset: Number(indexOffset), length: reader.size - Number(indexOffset) }
    const index = await openCarIndex(reader, range)
    expect(await index.find(identityBlock('').cid.multihash.bytes)).toEqual([59])
    expect(await index.find(identityBlock('inline').cid.multihash.bytes)).toEqual([59 + 1 + 4])
    await reader.close()
  })
})

describe('selective writing', () => {
  const unixfs = sample('sample-unixfs-v2.car')
  it.skipIf(unixfs === undefined)('of a whole UnixFS DAG gives a file as long as the one it comes from', async () => {
    await getDag(String(unixfs), null, at('out.car'), { version: 2, strict: true })
    expect((await readFile(at('out.car'))).length).toBe(485)
    const [ours, theirs] = [await layoutOf(at('out.car')), await layoutOf(String(unixfs))]
    expect({ ...ours, roots: String(ours.roots) }).toEqual({ ...theirs, roots: String(theirs.roots) })
  })

  const master = sample('sample-v1.car')
  it.skipIf(master === undefined)('of the sample gives all its bytes as a CARv1', async () => {
    const store = await openCarBlockstore(String(master))
    expect((await denseCar(store, store.roots[0] as CID)).size).toBe(479_907)
    await store.close()
  })

  it('of the first 256 000 of 1 000 000 zero bytes takes two blocks', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(new Uint8Array(1_000_000), 'kubo-cidv1')
    const selector = '{"~":{"as":"unixfs",">":{".":{"subset":{"[":0,"]":256000}}}}}'
    let count = 0
    for await (const { bytes } of selectBlocks(dags, root, parseSelector(selector))) if (bytes !== null) count++
    expect(count).toBe(2)
  })
})

async function* once(bytes: Uint8Array) {
  yield bytes
}
