import { copyFile, open, readdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../../base/index.ts'
import { numberedBlocks } from '../../testing/blocks.ts'
import { fixture, foreignFixture } from '../../testing/fixtures.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { CarFileWriter } from '../car-file-writer.ts'
import { INDEX_SORTED } from '../car-index.ts'
import { verifyCar } from '../verify/verify-car.ts'
import { repairCar } from './repair-car.ts'

const temporary = temporaryFolder('repair')
const generated = (name: string) => fixture(`car/generated/${name}.car`)
const verify = (path: string) => verifyCar(path, inlineTaskRunner)

async function cut(path: string, length: number): Promise<string> {
  await writeFile(temporary('cut.car'), (await readFile(path)).subarray(0, length))
  return temporary('cut.car')
}

describe('repairCar', () => {
  it.each([
    ['rw-unfinalized', { actions: ['finalize'], blockCount: 3, cutBytes: 0 }],
    ['torn-input-minus1', { actions: ['truncate', 'finalize'], blockCount: 2, cutBytes: 46 }],
    ['torn-input-minus5', { actions: ['truncate', 'finalize'], blockCount: 2, cutBytes: 42 }],
    ['torn-input-minus20', { actions: ['truncate', 'finalize'], blockCount: 2, cutBytes: 27 }],
    ['torn-input-minus45', { actions: ['truncate', 'finalize'], blockCount: 2, cutBytes: 2 }],
    ['torn-input-minus47', { actions: ['finalize'], blockCount: 2, cutBytes: 0 }],
    ['crash-index-no-header', { actions: ['truncate', 'finalize'], blockCount: 3, cutBytes: 150 }],
  ])('makes a good CAR of %s, and leaves the original alone', async (name, expected) => {
    const path = temporary('damaged.car')
    await copyFile(generated(name), path)
    expect(await repairCar(path, temporary('repaired.car'))).toEqual(expected)
    expect(await verify(temporary('repaired.car'))).toMatchObject({ ok: true, index: 'ok', repairs: [] })
    expect(Buffer.compare(await readFile(path), await readFile(generated(name)))).toBe(0)
  })

  it('finalizes to the bytes that go-car would have written', async () => {
    await repairCar(generated('rw-unfinalized'), temporary('repaired.car'))
    const wanted = await readFile(generated('rw-basic'))
    expect(Buffer.compare(await readFile(temporary('repaired.car')), wanted)).toBe(0)
  })

  it('cuts a torn Finalize at every byte of its index', async () => {
    const whole = await readFile(generated('crash-index-no-header'))
    for (let length = 251; length <= whole.length; length++) {
      const path = await cut(generated('crash-index-no-header'), length)
      const { blockCount } = await repairCar(path, temporary('repaired.car'))
      // One byte of an index could as well be the length of a section.
      expect(blockCount, `${length} bytes`).toBe(3)
      expect(Buffer.compare(await readFile(temporary('repaired.car')), await readFile(generated('rw-basic')))).toBe(0)
    }
  })

  it('finds the older index behind padding as well', async () => {
    const blocks = await numberedBlocks(3)
    const roots = blocks.slice(0, 1).map(({ cid }) => cid)
    const writer = await CarFileWriter.create(temporary('padded.car'), {
      version: 2,
      roots,
      codec: INDEX_SORTED,
      dataPadding: 100,
      indexPadding: 1000,
    })
    for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
    await writer.finish()
    const file = await open(temporary('padded.car'), 'r+')
    await file.write(new Uint8Array(40), 0, 40, 11) // as if the header had not been written
    await file.close()
    expect(await repairCar(temporary('padded.car'), temporary('out.car'))).toMatchObject({ blockCount: 3 })
    expect(await verify(temporary('out.car'))).toMatchObject({ ok: true, index: 'ok', blockCount: 3 })
  })

  it('cuts a finalized CAR anywhere in its payload behind the last whole block', async () => {
    for (let length = 110; length < 251; length++) {
      const path = await cut(generated('rw-basic'), length)
      const { blockCount } = await repairCar(path, temporary('repaired.car'))
      expect(blockCount).toBe(Math.floor((length - 51 - 59) / 47))
      const { ok, index } = await verify(temporary('repaired.car'))
      expect([ok, index]).toEqual([blockCount > 0, 'ok']) // without its first block it lacks its root
    }
  })

  it('cuts a CARv1, and keeps the padding of a piece', async () => {
    const path = await cut(generated('rw-v1'), 150)
    const expected = { actions: ['truncate'], blockCount: 1, cutBytes: 44 }
    expect(await repairCar(path, temporary('out.car'))).toEqual(expected)
    expect(await readFile(temporary('out.car'))).toHaveLength(106)
    await writeFile(path, Buffer.concat([await readFile(generated('rw-v1')), Buffer.alloc(99)]))
    expect(await repairCar(path, temporary('out.car'))).toEqual({ actions: [], blockCount: 2, cutBytes: 0 })
    expect(await readFile(temporary('out.car'))).toHaveLength(252)
  })

  it('builds an index again, of the kind it was', async () => {
    const path = temporary('index.car')
    for (const name of ['rw-basic', 'rw-indexsorted', 'rw-identity-stored', 'rw-dups', 'ref-identity-0400']) {
      const good = await readFile(generated(name))
      await copyFile(generated(name), path)
      const file = await open(path, 'r+')
      await file.write(Uint8Array.of(9), 0, 1, good.length - 8)
      await file.close()
      expect(await repairCar(path, temporary('out.car'))).toMatchObject({ actions: ['rebuild-index'], cutBytes: 0 })
      const repaired = await readFile(temporary('out.car'))
      expect(Buffer.compare(repaired.subarray(51), good.subarray(51)), name).toBe(0)
    }
    const basic = foreignFixture('car/ipld-spec/carv2-basic.car')
    if (basic !== undefined) {
      await repairCar(basic, temporary('out.car'))
      expect(await verify(temporary('out.car'))).toMatchObject({ ok: true, index: 'ok', blockCount: 5 })
    }
  })

  it('looks for the payload where the header is destroyed', async () => {
    const path = foreignFixture('car/v2/testdata/sample-v2-corrupt-data-and-index.car')
    if (path === undefined) return
    expect(await repairCar(path, temporary('out.car'))).toMatchObject({
      blockCount: 1049,
      actions: ['truncate', 'finalize'],
    })
    expect(await verify(temporary('out.car'))).toMatchObject({ ok: true, blockCount: 1049, dagComplete: true })
  })

  it('gives up where there is no header, and leaves nothing behind', async () => {
    await writeFile(temporary('text'), 'nothing to repair')
    await expect(repairCar(temporary('text'), temporary('out.car'))).rejects.toMatchObject({ kind: 'corrupt' })
    expect(await readdir(temporary())).toEqual(['text'])
  })
})
