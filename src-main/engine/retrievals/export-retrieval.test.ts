import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileReader } from '../base/index.ts'
import { readCarLayout } from '../car/index.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { content } from './test-kit/dag-content.ts'
import { asking, client } from './test-kit/retrieval-client.ts'

describe('what a retrieval exports', () => {
  it('exports as files, CARv1 and CARv2, and replaces nothing unasked', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(3_000_000))
    const { retrievals, directory } = await client({ dags })
    const taken = join(directory, 'taken')
    await writeFile(taken, 'mine')
    await expect(retrievals.begin(asking(root, { from: ['local'], outPath: taken }))).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ path: null })
    const to = (name: string) => ({ dealId, outPath: join(directory, name), overwrite: false })
    await expect(retrievals.export({ ...to('taken'), format: 'car' })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(await readFile(taken, 'utf8')).toBe('mine')
    expect(await retrievals.export({ ...to('one.car'), format: 'car' })).toMatchObject({
      path: join(directory, 'one.car'),
    })
    await retrievals.export({ ...to('two.car'), format: 'car-v2' })
    await retrievals.export({ ...to('taken'), format: 'files', overwrite: true })
    const one = await readCarLayout(FileReader.open(join(directory, 'one.car')))
    const two = await readCarLayout(FileReader.open(join(directory, 'two.car')))
    expect([one.version, two.version, two.finalized]).toEqual([1, 2, true])
    expect((await readFile(taken)).length).toBe(3_000_000)
    expect(retrievals.get(dealId)).toMatchObject({ state: 'done', progress: null })
    const { freedBytes } = await retrievals.remove(dealId)
    expect(freedBytes).toBeGreaterThan(3_000_000)
    expect(await readdir(join(directory, 'retrievals'))).toEqual([])
    expect(() => retrievals.get(dealId)).toThrow(expect.objectContaining({ code: 'RETRIEVAL_NOT_FOUND' }))
  })

  it('whose export failed is done once it was exported elsewhere', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(10_000))
    const { retrievals, directory } = await client({ dags })
    const outPath = join(directory, 'no', 'such', 'folder', 'out')
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'], outPath }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: true })
    const elsewhere = join(directory, 'out')
    expect(await retrievals.export({ dealId, outPath: elsewhere, format: 'files', overwrite: false })).toMatchObject({
      state: 'done',
      error: null,
      path: elsewhere,
    })
  })
})
