import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { CarFileWriter, verifyCar } from '../car/index.ts'
import { identityBlock, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { foreignFixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { compileCar, createCar, debugCar, parseCarText } from './index.ts'

const at = temporaryFolder('car-text')

async function debug(path: string): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of debugCar(path, { name: 'name.car' })) pieces.push(piece)
  return Buffer.concat(pieces)
}

const compile = (text: Uint8Array | string, out = 'compiled.car') =>
  compileCar(parseCarText(typeof text === 'string' ? Buffer.from(text) : text), at(out))

async function block(codec: number, bytes: Uint8Array): Promise<TestBlock> {
  const { cid } = await rawBlock(bytes)
  return { cid: CID.createV1(codec, cid.multihash), bytes }
}

async function writeCar(version: 1 | 2, roots: CID[], blocks: TestBlock[]): Promise<Buffer> {
  const writer = await CarFileWriter.create(at('in.car'), { version, roots })
  for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
  await writer.finish()
  return readFileSync(at('in.car'))
}

async function allKinds(): Promise<TestBlock[]> {
  const texts = [
    'text',
    'ends with\n',
    'two\n\n',
    '\n',
    '',
    'a\r',
    'a\r\n',
    '--- a',
    'a\n--- b',
    '\u0000',
    'żółć',
    '🙂',
  ]
  const raw = await Promise.all([...texts, new Uint8Array([0xff, 0xfe, 0])].map((content) => rawBlock(content)))
  const link = (raw[0] as TestBlock).cid
  const values = [
    { z: 1, '10': [link, 1.5, -0, null, true], aa: new Uint8Array([1]) },
    'a "quoted" \\ {string}',
    [],
    {},
    2n ** 62n,
  ]
  return [
    ...raw,
    identityBlock('inline'),
    await rawBlock('other hash', 0xb220),
    ...(await Promise.all(values.map((value) => block(dagCbor.code, dagCbor.encode(value))))),
    await block(dagCbor.code, Buffer.from('1800', 'hex')), // a number that is longer than it need be
    await block(dagPb.code, dagPb.encode({ Data: Buffer.from('data'), Links: [{ Hash: link, Name: 'n', Tsize: 4 }] })),
    await block(dagPb.code, dagPb.encode({ Links: [{ Hash: link }] })),
    await block(0x85, Buffer.from('of a codec that is not known')),
  ]
}

describe('debugCar and compileCar', () => {
  it.each([1, 2] as const)('give back a CARv%i of every kind of block byte for byte', async (version) => {
    const blocks = await allKinds()
    const car = await writeCar(version, [(blocks[0] as TestBlock).cid], blocks)
    const text = await debug(at('in.car'))
    expect(await compile(text)).toMatchObject({ blockCount: blocks.length, renamed: [] })
    expect(readFileSync(at('compiled.car')).equals(car)).toBe(true)
    expect((await debug(at('compiled.car'))).equals(text)).toBe(true)
  })

  it.each([1, 2] as const)('give back what createCar made, as CARv%i', async (version) => {
    await writeFile(at('foo.txt'), 'hello world')
    await createCar([at('foo.txt')], at('small.car'), inlineTaskRunner, { wrap: true, version })
    await compile(await debug(at('small.car')))
    expect(readFileSync(at('compiled.car')).equals(readFileSync(at('small.car')))).toBe(true)
  })

  const samples = ['sample-v1.car', 'sample-wrapped-v2.car', 'sample-unixfs-v2.car'].map((name) => ({
    name,
    path: foreignFixture(`car/v2/testdata/${name}`),
  }))
  for (const { name, path = '' } of samples)
    it.skipIf(path === '')(`give back the blocks of ${name}`, async () => {
      const text = await debug(path)
      expect(await compile(text)).toMatchObject({ renamed: [] })
      expect((await debug(at('compiled.car'))).equals(text)).toBe(true)
    })

  it('write the form that go-car reads', async () => {
    const leaf = await rawBlock('leaf')
    const top = await block(dagCbor.code, dagCbor.encode({ leaf: leaf.cid }))
    await writeCar(2, [top.cid], [top, leaf])
    expect((await debug(at('in.car'))).toString()).toBe(
      [
        'car compile --v2 name.car',
        `root ${top.cid}`,
        `--- ${top.cid}`,
        `+++ dag-json ${top.cid}`,
        '@@ -0,5 +0,5 @@',
        `{\n\t"leaf": {\n\t\t"/": "${leaf.cid}"\n\t}\n}\n`,
        `--- ${leaf.cid}`,
        `+++ raw (no-end-cr) ${leaf.cid}`,
        '@@ -0,0 +0,0 @@',
        'leaf\n',
      ].join('\n'),
    )
  })

  it('name edited blocks anew, and let the links and roots above follow', async () => {
    const leaf = await rawBlock('leaf')
    const middle = await block(dagCbor.code, dagCbor.encode([leaf.cid]))
    const top = await block(dagPb.code, dagPb.encode({ Links: [{ Hash: middle.cid, Name: 'm', Tsize: 1 }] }))
    await writeCar(1, [top.cid], [top, middle, leaf])
    const edited = (await debug(at('in.car'))).toString().replace('\nleaf\n', '\nedited leaf\n')
    const { roots, renamed } = await compile(edited)
    const newLeaf = (await rawBlock('edited leaf')).cid
    expect(renamed.map(({ from }) => from.toString())).toEqual([top, middle, leaf].map(({ cid }) => cid.toString()))
    expect(renamed[2]?.to.equals(newLeaf)).toBe(true)
    expect(roots.map(String)).toEqual([renamed[0]?.to.toString()])
    expect(await verifyCar(at('compiled.car'), inlineTaskRunner)).toMatchObject({ ok: true, blockCount: 3 })
    const text = (await debug(at('compiled.car'))).toString()
    expect(text).toContain(`"/": "${newLeaf}"`)
    expect(text).not.toContain(leaf.cid.toString())
  })

  it('take a body whose end an editor changed', async () => {
    const leaf = await rawBlock('leaf')
    await writeCar(1, [leaf.cid], [leaf, await rawBlock('second')])
    const text = (await debug(at('in.car'))).toString()
    expect(await compile(text.replace('leaf\n', 'leaf\n\n').replaceAll('\n', '\r\n'))).toMatchObject({ renamed: [] })
  })
})

describe('compileCar', () => {
  const cid = 'bafyreih35mmszwbptqfuzdhkoaxlyqmmaspltpp5yuxp4ng7nhl4y2fnvq'
  const part = (mode: string, body: string) => `--- ${cid}\n+++ ${mode} ${cid}\n@@ -0,0 +0,0 @@\n${body}\n`
  it.each([
    ['no first line', 'root x\n', /Line 1/],
    ['a mode that is not known', `car compile x\n${part('xml', '')}`, /Line 3/],
    ['two CIDs', `car compile x\n${part('raw', 'x').replace(`+++ raw ${cid}`, '+++ raw bafkqaaa')}`, /Line 3/],
    ['no @@', `car compile x\n${part('raw', 'x').replace('@@', '')}`, /Line 4/],
    ['text that is no JSON', `car compile x\n${part('dag-json', '{')}`, /what its codec takes/],
    ['a block that leads to itself', `car compile x\n${part('dag-json', `{"/": "${cid}"}`)}`, /in a circle/],
  ])('refuses %s', async (_what, text, message) => {
    await expect((async () => compile(text))()).rejects.toThrow(message)
  })
})
