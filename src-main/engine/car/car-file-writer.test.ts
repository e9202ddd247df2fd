import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FileReader } from '../base/index.ts'
import { identityBlock, numberedBlock, numberedBlocks, rawBlock } from '../testing/blocks.ts'
import { fixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { type CarFileOptions, CarFileWriter } from './car-file-writer.ts'
import { INDEX_SORTED } from './car-index.ts'
import { readCarLayout } from './car-layout.ts'
import { scanCar } from './car-scan.ts'
import type { CarBlock } from './encode-car.ts'

const temporary = temporaryFolder('writer')
const golden = (name: string) => readFile(fixture(`car/generated/${name}.car`))

async function write(blocks: CarBlock[], options: Partial<CarFileOptions> = {}): Promise<Buffer> {
  const roots = [(await numberedBlock(0)).cid]
  const writer = await CarFileWriter.create(temporary('out.car'), { version: 2, roots, ...options })
  for (const { cid, bytes } of blocks) await writer.put(cid, bytes)
  await writer.finish()
  return readFile(temporary('out.car'))
}

describe('CarFileWriter', () => {
  it('writes byte for byte what go-car writes', async () => {
    const blocks = await numberedBlocks(3)
    expect(Buffer.compare(await write(blocks), await golden('rw-basic'))).toBe(0)
    const two = blocks.slice(0, 2)
    expect(Buffer.compare(await write(two, { version: 1 }), await golden('rw-v1'))).toBe(0)
    const padded = await write(two, { dataPadding: 1413, indexPadding: 1314 })
    expect(Buffer.compare(padded, await golden('rw-padding'))).toBe(0)
    expect(Buffer.compare(await write([], { roots: [] }), await golden('rw-emptyroots'))).toBe(0)
  })

  it('keeps equal digests in the order they were put', async () => {
    const reader = FileReader.open(fixture('car/generated/rw-dups.car'))
    const layout = await readCarLayout(reader)
    const writer = await CarFileWriter.create(temporary('dups.car'), { version: 2, roots: layout.roots })
    for await (const batch of scanCar(reader, layout, { data: true }))
      for (let i = 0; i < batch.count; i++) await writer.putSection(batch, i)
    await reader.close()
    await writer.finish()
    expect(Buffer.compare(await readFile(temporary('dups.car')), await golden('rw-dups'))).toBe(0)
  })

  it('indexes identity CIDs and says so only when asked', async () => {
    const blocks = [await numberedBlock(0), identityBlock('identity!')]
    const without = await write(blocks)
    expect(without[11]).toBe(0)
    const withThem = await write(blocks, { includeIdentity: true })
    expect(withThem[11]).toBe(0x80)
    expect(withThem.length).toBeGreaterThan(without.length)
  })

  it('writes the older index, or none', async () => {
    const sorted = await write(await numberedBlocks(2), { codec: INDEX_SORTED })
    expect(sorted.subarray(204, 206).toString('hex')).toBe('8008')
    const bare = await write(await numberedBlocks(2), { codec: null })
    expect(bare).toHaveLength(204)
    expect(bare.readBigUInt64LE(43)).toBe(0n)
  })

  it('writes blocks of all sizes through its stage', async () => {
    const sizes = [0, 1, 70_000, 5_000_000, 3, 4_194_304, 100, 8_000_000, 2_000_000, 2_500_000]
    const blocks = await Promise.all(sizes.map((size, i) => rawBlock(new Uint8Array(size).fill(i))))
    await write(blocks, { version: 1 })
    const reader = FileReader.open(temporary('out.car'))
    const lengths: number[] = []
    for await (const batch of scanCar(reader, await readCarLayout(reader), { data: true }))
      for (let i = 0; i < batch.count; i++) lengths.push(batch.dataLength[i] as number)
    await reader.close()
    expect(lengths).toEqual(sizes)
  })

  it('refuses a section that no reader would take', async () => {
    const writer = await CarFileWriter.create(temporary('big.car'), { version: 1, roots: [] })
    const { cid } = await numberedBlock(0)
    await expect(writer.put(cid, new Uint8Array(8 * 1024 * 1024))).rejects.toMatchObject({ code: 'CAR_LIMIT' })
    await writer.discard()
  })

  it('leaves nothing behind when it is given up, and nothing under the name before the end', async () => {
    const writer = await CarFileWriter.create(temporary('gone.car'), { version: 2, roots: [] })
    const { cid, bytes } = await numberedBlock(0)
    await writer.put(cid, bytes)
    expect(await readdir(temporary())).not.toContain('gone.car')
    await writer.discard()
    expect(await readdir(temporary())).toEqual([])
  })
})
