import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FileReader, MemoryReader } from '../base/index.ts'
import { rawBlock } from '../testing/blocks.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { readCarLayout, readDamagedLayout } from './car-layout.ts'
import { encodeCarHeader } from './car-v1-header.ts'
import { encodeCarV2Prefix } from './car-v2-header.ts'

const generated = (name: string) => fixture(`car/generated/${name}`)

async function layoutOf(path: string, options = {}) {
  const reader = FileReader.open(path)
  return readCarLayout(reader, options).finally(() => reader.close())
}

/** A CARv2 without sections whose header says what a test wants. */
function v2(header: Partial<Parameters<typeof encodeCarV2Prefix>[0]>, payload = encodeCarHeader([]), tail = 0) {
  const prefix = { fullyIndexed: false, payloadOffset: 51, payloadSize: payload.length, indexOffset: 0, ...header }
  return new MemoryReader(Buffer.concat([encodeCarV2Prefix(prefix), payload, Buffer.alloc(tail)]))
}

describe('readCarLayout', () => {
  it('finds everything in the files that go-car wrote', async () => {
    expect(await layoutOf(generated('rw-v1.car'))).toMatchObject({
      version: 1,
      payloadOffset: 0,
      payloadSize: 153,
      headerSize: 59,
      indexOffset: null,
      finalized: true,
    })
    expect(await layoutOf(generated('rw-padding.car'))).toMatchObject({
      version: 2,
      payloadOffset: 1464,
      payloadSize: 153,
      headerSize: 59,
      indexOffset: 2931,
      fullyIndexed: false,
    })
    expect(await layoutOf(generated('rw-identity-stored.car'))).toMatchObject({ fullyIndexed: true })
    expect(await layoutOf(generated('ref-sha2-256-0401-fully.car'))).toMatchObject({ fullyIndexed: true })
    expect(await layoutOf(generated('rw-nilroots.car'))).toMatchObject({ roots: [], headerSize: 18 })
  })

  it('counts the bytes of a header that is not canonical instead of encoding it again', async () => {
    expect(await layoutOf(generated('v1-noroots-key.car'))).toMatchObject({ roots: [], headerSize: 11 })
  })

  it('tells an unfinalized file, and gives its layout when asked', async () => {
    for (const name of ['rw-unfinalized.car', 'rw-unfinalized-empty.car', 'crash-index-no-header.car'])
      await expect(layoutOf(generated(name))).rejects.toMatchObject({
        code: 'CAR_UNFINALIZED',
        details: { goCar: 'invalid data payload offset: 0' },
      })
    expect(await layoutOf(generated('rw-unfinalized.car'), { allowUnfinalized: true })).toMatchObject({
      version: 2,
      payloadOffset: 51,
      payloadSize: 200,
      headerSize: 59,
      finalized: false,
    })
  })

  it('finds the payload of an unfinalized file behind any padding', async () => {
    const file = readFileSync(generated('rw-unfinalized.car'))
    const padded = Buffer.concat([file.subarray(0, 51), Buffer.alloc(100_000), file.subarray(51)])
    const layout = await readCarLayout(new MemoryReader(padded), { allowUnfinalized: true })
    expect(layout).toMatchObject({ payloadOffset: 100_051, payloadSize: 200, headerSize: 59 })
  })

  it('refuses what go-car lets pass: a payload or index that is not in the file, or one inside the other', async () => {
    await expect(readCarLayout(v2({ payloadSize: 255 }))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    await expect(readCarLayout(v2({ indexOffset: 1000 }))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    await expect(readCarLayout(v2({ indexOffset: 60 }))).rejects.toMatchObject({ code: 'CAR_INVALID' })
    await expect(readCarLayout(v2({ payloadSize: 5 }))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    await expect(readCarLayout(v2({ indexOffset: 69 }, undefined, 6))).resolves.toMatchObject({ indexOffset: 69 })
  })

  it('refuses a payload that is itself a CARv2', async () => {
    const pragma = Buffer.from('0aa16776657273696f6e02', 'hex')
    await expect(readCarLayout(v2({}, pragma))).rejects.toMatchObject({
      code: 'CAR_INVALID',
      details: { goCar: 'invalid data payload header version; expected 1, got 2' },
    })
  })

  it('takes nothing but the exact pragma for a CARv2', async () => {
    const withRoots = Buffer.from('11a265726f6f7473806776657273696f6e02', 'hex')
    const file = Buffer.concat([withRoots, Buffer.alloc(60)])
    await expect(readCarLayout(new MemoryReader(file))).rejects.toMatchObject({ code: 'CAR_INVALID' })
  })

  const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}`)
  it.each([
    ['sample-v1.car', 1],
    ['sample-v1-noidentity.car', 1],
    ['sample-v1-tailing-corrupt-section.car', 1],
    ['sample-v1-with-zero-len-section.car', 1],
    ['sample-wrapped-v2.car', 2],
    ['sample-rw-bs-v2.car', 2],
    ['sample-v2-indexless.car', 2],
    ['sample-unixfs-v2.car', 2],
  ])('%s is version %d', async (name, version) => {
    const path = testdata(name)
    if (path !== undefined) expect(await layoutOf(path)).toMatchObject({ version })
  })

  it.skipIf(testdata('sample-rootless-v42.car') === undefined)('names a version it does not know', async () => {
    await expect(layoutOf(String(testdata('sample-rootless-v42.car')))).rejects.toMatchObject({
      code: 'CAR_VERSION',
      details: { goCar: 'invalid car version: 42' },
    })
    await expect(layoutOf(String(testdata('sample-corrupt-pragma.car')))).rejects.toMatchObject({
      code: 'CAR_TRUNCATED',
      details: { goCar: 'unexpected EOF' },
    })
    await expect(layoutOf(String(testdata('sample-v2-corrupt-data-and-index.car')))).rejects.toMatchObject({
      code: 'CAR_INVALID',
      details: { goCar: 'invalid data payload offset: 18446744073709550254' },
    })
  })

  it('says so of a file that is no CAR at all, and of an empty one', async () => {
    await expect(readCarLayout(new MemoryReader(new Uint8Array(0)))).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    const text = new MemoryReader(Buffer.from('Hello, this is a text and not a CAR.'.repeat(10)))
    await expect(readCarLayout(text)).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'This is not a CAR but text that begins with "Hello, this is a text an".',
    })
    for (const page of ['<!doctype html>\n<html>', '{"error":"not found"}'])
      await expect(readCarLayout(new MemoryReader(Buffer.from(page)))).rejects.toMatchObject({
        message: expect.stringContaining(`text that begins with "${page.slice(0, 9)}`),
      })
  })
})

describe('readDamagedLayout', () => {
  it('finds the payload behind a header that says nothing of use', async () => {
    const { cid } = await rawBlock('root')
    const payload = encodeCarHeader([cid])
    for (const header of [{ payloadSize: 0 }, { payloadOffset: 7 }, { indexOffset: 60 }]) {
      const layout = await readDamagedLayout(v2(header, payload))
      expect(layout).toMatchObject({ version: 2, payloadOffset: 51, finalized: false, indexOffset: null })
      expect(layout?.roots.map(String)).toEqual([cid.toString()])
    }
  })

  it('ends a payload that the file does not hold in full with the file', async () => {
    expect(await readDamagedLayout(v2({ payloadSize: 500 }))).toMatchObject({ payloadSize: 18, finalized: false })
  })

  it('gives up where there is no header to be found', async () => {
    expect(await readDamagedLayout(new MemoryReader(Buffer.from('not a CAR')))).toBeNull()
  })
})
