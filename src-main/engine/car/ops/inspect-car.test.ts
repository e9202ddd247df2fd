import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { carInspection } from '../../../../src-shared/contract/index.ts'
import { numberedBlock, rawBlock } from '../../testing/blocks.ts'
import { fixture, foreignFixture } from '../../testing/fixtures.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { CarFileWriter } from '../car-file-writer.ts'
import { inspectCar } from './inspect-car.ts'

const temporary = temporaryFolder('inspect')
const generated = (name: string) => fixture(`car/generated/${name}.car`)
const testdata = (name: string) => foreignFixture(`car/v2/testdata/${name}`)

describe('inspectCar', () => {
  it('gives what the contract asks for', async () => {
    expect(carInspection.parse(await inspectCar(generated('rw-padding')))).toEqual({
      version: 2,
      roots: ['bafkreihmkba3ctzi3w4pslop3rrp5ygorcocc3kqg7o4vutbj74oeveube'],
      rootsPresent: true,
      blockCount: 2,
      blockLength: { min: 10, mean: 10, max: 10 },
      cidLength: { min: 36, mean: 36, max: 36 },
      codecs: { raw: 2 },
      multihashes: { 'sha2-256': 2 },
      payloadOffset: 1464,
      payloadBytes: 153,
      indexOffset: 2931,
      indexCodec: 'car-multihash-index-sorted',
      fullyIndexed: false,
      finalized: true,
      trailingZeroBytes: 0,
      isReferenceCar: false,
    })
  })

  it.skipIf(testdata('sample-v1.car') === undefined)('counts as go-car counts', async () => {
    const sample = {
      rootsPresent: true,
      blockCount: 1049,
      blockLength: { min: 1, mean: 417, max: 1342 },
      cidLength: { min: 14, mean: 37, max: 38 },
      codecs: { raw: 6, 'dag-cbor': 1043 },
      multihashes: { identity: 6, 'blake2b-256': 1043 },
    }
    for (const full of [false, true]) {
      for (const [name, facts] of Object.entries({
        'sample-v1.car': { version: 1, indexCodec: null, trailingZeroBytes: 0 },
        'sample-v2-indexless.car': { version: 2, payloadOffset: 51, payloadBytes: 479907, indexOffset: null },
        'sample-wrapped-v2.car': { version: 2, indexOffset: 479958, indexCodec: 'car-multihash-index-sorted' },
        'sample-v1-with-zero-len-section.car': { version: 1, trailingZeroBytes: 2048 },
      }))
        expect(await inspectCar(String(testdata(name)), { full })).toMatchObject({ ...sample, ...facts })
    }
    expect(await inspectCar(String(testdata('sample-rw-bs-v2.car')))).toMatchObject({
      blockCount: 3,
      payloadOffset: 1464,
    })
  })

  it('counts the zero padding of a piece, and refuses it when told to', async () => {
    const piece = testdata('sample-v1-with-zero-len-section2.car')
    if (piece === undefined) return
    expect(await inspectCar(piece)).toMatchObject({ blockCount: 20, trailingZeroBytes: 32512 - 20819 })
    await expect(inspectCar(piece, { zeroLengthSectionAsEnd: false })).rejects.toMatchObject({ code: 'CAR_INVALID' })
  })

  it('checks hashes only when asked', async () => {
    expect(await inspectCar(generated('rw-mismatch'))).toMatchObject({ blockCount: 1 })
    await expect(inspectCar(generated('rw-mismatch'), { full: true })).rejects.toMatchObject({
      code: 'BLOCK_MISMATCH',
      details: { offset: 110 },
    })
  })

  it.each(['ref-sha2-256-0401-fully', 'ref-identity-0400'])(
    'knows %s for a linked import, also in full',
    async (name) => {
      for (const full of [false, true])
        expect(await inspectCar(generated(name), { full })).toMatchObject({ isReferenceCar: true, blockCount: 3 })
    },
  )

  it('finds references among large blocks, whose data it skips', async () => {
    const key = await numberedBlock(1)
    const record = Buffer.concat([Buffer.from([0x0a, 200, 1]), Buffer.alloc(200, 'p'), Buffer.from([0x10, 0, 0x18, 9])])
    const writer = await CarFileWriter.create(temporary('large.car'), { version: 1, roots: [] })
    for (let i = 0; i < 20; i++) {
      const { cid, bytes } = await rawBlock(new Uint8Array(1_000_000).fill(i))
      await writer.put(cid, bytes)
    }
    await writer.put(key.cid, record)
    await writer.finish()
    expect(await inspectCar(temporary('large.car'))).toMatchObject({ isReferenceCar: true, blockCount: 21 })
  })

  it('does not take a block for a reference because it looks like one', async () => {
    const record = await rawBlock(Buffer.from([0x0a, 1, 0x70, 0x10, 0, 0x18, 0]))
    const writer = await CarFileWriter.create(temporary('alike.car'), { version: 1, roots: [] })
    await writer.put(record.cid, record.bytes)
    await writer.finish()
    expect(await inspectCar(temporary('alike.car'))).toMatchObject({ isReferenceCar: false })
  })

  it.each([
    ['rw-unfinalized', 3],
    ['rw-unfinalized-empty', 0],
    ['torn-input-minus1', 2],
    ['torn-input-minus20', 2],
    ['torn-input-minus45', 2],
    ['torn-input-minus47', 2],
  ])('inspects the unfinalized %s as far as it goes', async (name, blockCount) => {
    expect(await inspectCar(generated(name))).toMatchObject({
      version: 2,
      finalized: false,
      blockCount,
      indexOffset: null,
    })
  })

  it('does not stumble over an index it cannot read', async () => {
    const path = foreignFixture('car/ipld-spec/carv2-basic.car')
    if (path !== undefined) expect(await inspectCar(path)).toMatchObject({ blockCount: 5, indexCodec: '0x1' })
  })

  it('finds the offsets that the specification gives', async () => {
    const path = foreignFixture('car/ipld-spec/carv1-basic.car')
    if (path === undefined) return
    expect(await inspectCar(path, { full: true })).toMatchObject({
      blockCount: 8,
      codecs: { raw: 3, 'dag-pb': 3, 'dag-cbor': 2 },
      cidLength: { min: 34, mean: 35, max: 36 },
    })
  })

  it('throws damage', async () => {
    const cut = testdata('sample-v1-tailing-corrupt-section.car')
    if (cut !== undefined) await expect(inspectCar(cut)).rejects.toMatchObject({ code: 'CAR_TRUNCATED' })
    await writeFile(temporary('text.car'), 'nothing of the kind')
    await expect(inspectCar(temporary('text.car'))).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(inspectCar(temporary('absent.car'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
