import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openCarBlockstore } from '../blockstore/index.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { dagStat } from '../unixfs/index.ts'
import { content } from './test-kit/dag-content.ts'
import { asking, client, provider } from './test-kit/retrieval-client.ts'

describe('a retrieval', () => {
  it('leaves a finalized CAR that holds the whole DAG, and the file where it was asked for', async () => {
    const dags = new MemoryDags()
    const bytes = content(20_000_000)
    const root = await dags.addFile(bytes)
    const { retrievals, directory, transfers } = await client({ own: await provider(dags) })
    const outPath = join(directory, 'out.bin')
    const { dealId } = await retrievals.begin(asking(root, { outPath }))
    const done = await retrievals.wait(dealId)
    expect(done).toMatchObject({ state: 'done', complete: true, path: outPath, error: null })
    expect(Buffer.compare(await readFile(outPath), bytes)).toBe(0)
    expect((await stat(done.carPath)).size).toBe(done.carSizeBytes)
    const store = await openCarBlockstore(done.carPath)
    expect((await dagStat(store, root)).blockCount).toBe(done.blockCount)
    await store.close()
    expect(transfers.list()).toMatchObject([{ state: 'done', kind: 'dag', ownerId: dealId }])
    expect((await readdir(directory)).sort()).toEqual(['out.bin', 'retrievals'])
  })

  it('takes from what is here with "local", and says when nothing is', async () => {
    const dags = new MemoryDags()
    const bytes = content(3_000_000)
    const root = await dags.addFile(bytes)
    const { retrievals, directory } = await client({ dags })
    const outPath = join(directory, 'out.bin')
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'], outPath }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', provider: 'local' })
    expect(Buffer.compare(await readFile(outPath), bytes)).toBe(0)
    dags.blocks.clear()
    // The retrieval that is done is local, too.
    const again = await retrievals.begin(asking(root, { from: ['local'] }))
    expect(await retrievals.wait(again.dealId)).toMatchObject({ state: 'done' })
    const absent = await retrievals.begin(asking(await new MemoryDags().addFile(content(10)), { from: ['local'] }))
    await expect(retrievals.wait(absent.dealId)).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
  })

  it('refuses a source that is no URL, and a provider role that is switched off', async () => {
    const { retrievals } = await client()
    const root = await new MemoryDags().addFile(content(10))
    await expect(retrievals.begin(asking(root, { from: ['ftp://x'] }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(retrievals.begin(asking(root))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(retrievals.begin(asking('nonsense'))).rejects.toMatchObject({ code: 'INVALID_CID' })
  })
})
