import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { parseSelector, selectBlocks } from '../selector/index.ts'
import { fillStream } from '../testing/content.ts'
import { loopbackServer } from '../testing/loopback-server.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { buildDirectory, dagStat } from '../unixfs/index.ts'
import { asking, cleanUpLater, client, provider, temporaryDirectory } from './test-kit/retrieval-client.ts'

/** photos/may.bin (3 leaves), photos/note.txt, film.bin */
async function folder(): Promise<{ dags: MemoryDags; root: CID; may: Uint8Array }> {
  const directory = join(await temporaryDirectory(), 'set')
  const may = new Uint8Array(2_500_000)
  fillStream(may, 3)
  await mkdir(join(directory, 'photos'), { recursive: true })
  await writeFile(join(directory, 'photos', 'may.bin'), may)
  await writeFile(join(directory, 'photos', 'note.txt'), 'from may')
  await writeFile(join(directory, 'film.bin'), Buffer.alloc(3_000_000, 9))
  const dags = new MemoryDags()
  const keep = (cid: CID, bytes: Uint8Array | null) => dags.put(cid, bytes ?? new Uint8Array())
  const sink = { leafBytes: true, leaf: keep, node: keep }
  const { root } = await buildDirectory(directory, { profile: 'unixfs-v1-2025', tasks: inlineTaskRunner, sink })
  return { dags, root, may }
}

/** As in the test of Lotus that its path 8/1/8/1/0/1/0 comes from: lists in lists, in blocks of their own. */
async function lists(dags: MemoryDags): Promise<{ root: CID; leaf: CID; middle: CID }> {
  const put = async (value: unknown) => {
    const bytes = dagCbor.encode(value)
    const cid = CID.createV1(0x71, create(0x12, createHash('sha256').update(bytes).digest()))
    await dags.put(cid, bytes)
    return cid
  }
  const leaf = await put('the leaf')
  const middle = await put([0, [leaf]])
  return { root: await put({ 8: [0, { 8: [1, middle] }] }), middle, leaf }
}

describe('a part of a DAG', () => {
  it.each([
    ['names', 'photos/may.bin'],
    ['steps of the data model', 'Links/1/Hash/Links/0/Hash'],
    ['both', 'photos/Links/0/Hash'],
    [
      'a selector as JSON',
      '{"~":{"as":"unixfs",">":{"f":{"f>":{"photos":{"f":{"f>":{"may.bin":{"R":{"l":{"none":{}},":>":{"|":[{".":{}},{"a":{">":{"@":{}}}}]}}}}}}}}}}}',
    ],
  ])('is retrieved by %s: its blocks and the nodes on the way, nothing else', async (_what, selector) => {
    const { dags, root, may } = await folder()
    const { retrievals, directory } = await client({ own: await provider(dags) })
    const outPath = join(directory, 'may.bin')
    const { dealId } = await retrievals.begin(asking(root, { selector, outPath }))
    const done = await retrievals.wait(dealId)
    // root, photos, may.bin and its three leaves
    expect(done).toMatchObject({ state: 'done', complete: true, blockCount: 6, path: outPath })
    expect(done.selector).toMatch(/^(photos|Links)\//)
    expect(Buffer.compare(await readFile(outPath), may)).toBe(0)
    expect(await retrievals.open(root)).toBeNull()
    const exported = join(directory, 'may.car')
    await retrievals.export({ dealId, outPath: exported, format: 'car', overwrite: false })
    const store = await openCarBlockstore(exported)
    const [top = root] = store.roots
    expect((await dagStat(store, top)).payloadSize).toBe(may.length)
    expect(await store.has(root)).toBe(false)
    await store.close()
    const held = await retrievals.open(top)
    expect(held).not.toBeNull()
    await held?.release()
  })

  it('proves itself, where asked, by the blocks on the way under the root of the whole', async () => {
    const dags = new MemoryDags()
    const { root, middle, leaf } = await lists(dags)
    const { retrievals, directory } = await client({ dags })
    const asked = { from: ['local'], selector: '8/1/8/1/1/0', format: 'car' as const }
    const { dealId } = await retrievals.begin(
      asking(root, { ...asked, proof: true, outPath: join(directory, 'proof.car') }),
    )
    await retrievals.wait(dealId)
    await retrievals.export({ dealId, format: 'car', outPath: join(directory, 'leaf.car'), overwrite: false })
    const cids = async (name: string) => {
      const store = await openCarBlockstore(join(directory, name))
      const found: string[] = []
      for await (const cid of store.cids()) found.push(cid.toString())
      await store.close()
      return { roots: store.roots.map(String), cids: found }
    }
    expect(await cids('proof.car')).toEqual({ roots: [`${root}`], cids: [`${root}`, `${middle}`, `${leaf}`] })
    expect(await cids('leaf.car')).toEqual({ roots: [`${leaf}`], cids: [`${leaf}`] })
  })

  it('goes on after a restart, and is not taken for the whole', async () => {
    const { dags, root } = await folder()
    const url = await provider(dags)
    const first = await client({ own: url })
    const { dealId } = await first.retrievals.begin(asking(root, { selector: 'photos' }))
    await first.retrievals.wait(dealId)
    await first.stop()
    const again = await client({ store: first.store, directory: first.directory })
    expect(again.retrievals.get(dealId)).toMatchObject({ selector: 'photos', complete: true })
    expect(await again.retrievals.open(root)).toBeNull()
  })

  it('comes from a gateway that follows no paths, block by block', async () => {
    const { dags, root, may } = await folder()
    const asked: string[] = []
    const server = await loopbackServer(async (request, response) => {
      const url = new URL(request.url ?? '', 'http://x')
      const [, , cid = '', ...path] = url.pathname.split('/')
      asked.push(url.search)
      if (path.length > 0 || url.search.includes('format=car')) response.writeHead(400).end()
      else response.end(await dags.get(CID.parse(cid)))
    })
    cleanUpLater(() => server.close())
    const { retrievals, directory } = await client()
    const outPath = join(directory, 'may.bin')
    const { dealId } = await retrievals.begin(asking(root, { from: [server.url], selector: 'photos/may.bin', outPath }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', blockCount: 6 })
    expect(Buffer.compare(await readFile(outPath), may)).toBe(0)
  })

  it('that is not there, or cannot be said, is refused in words', async () => {
    const { dags, root } = await folder()
    const { retrievals } = await client({ dags, own: await provider(dags) })
    for (const from of [[], ['local']]) {
      const { dealId } = await retrievals.begin(asking(root, { from, selector: 'photos/june.bin' }))
      await expect(retrievals.wait(dealId)).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
        message: `There is nothing at photos/june.bin under ${root}.`,
      })
    }
    const refused = (more: Parameters<typeof asking>[1]) => retrievals.begin(asking(root, more))
    await expect(refused({ selector: '/' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(refused({ selector: '{"R"' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(refused({ selector: '{"f":{}}' })).rejects.toMatchObject({
      message: expect.stringContaining('fields in ExploreFields selector must be present'),
    })
    await expect(refused({ selector: '{".":{}}', outPath: '/tmp/file' })).rejects.toMatchObject({
      message: expect.stringContaining('write them to a CAR'),
    })
    await expect(refused({ proof: true, format: 'car' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(refused({ proof: true, selector: 'photos' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  /** The first megabyte of may.bin, and note.txt. */
  const unixfs = (next: unknown) => ({ '~': { as: 'unixfs', '>': next } })
  const fields = (fields: Record<string, unknown>) => ({ f: { 'f>': fields } })
  const beginning = unixfs({ '.': { subset: { '[': 0, ']': 1_000_000 } } })
  const PICKED = JSON.stringify(
    unixfs(fields({ photos: unixfs(fields({ 'may.bin': beginning, 'note.txt': unixfs({ '.': {} }) })) })),
  )

  it.each([
    ['a provider', false],
    ['this machine', true],
  ])(
    'is retrieved from %s by any selector: the blocks it reads, under the root of the whole',
    async (_who, isLocal) => {
      const { dags, root } = await folder()
      const parts = isLocal ? { dags } : { own: await provider(dags) }
      const { retrievals, directory } = await client(parts)
      const outPath = join(directory, 'picked.car')
      const from = isLocal ? ['local'] : []
      const asked = { from, selector: PICKED, format: 'car' as const, outPath }
      const { dealId } = await retrievals.begin(asking(root, asked))
      const done = await retrievals.wait(dealId)
      expect(done).toMatchObject({ state: 'done', complete: true, selector: PICKED })

      const selected: string[] = []
      for await (const { cid } of selectBlocks(dags, root, parseSelector(PICKED))) selected.push(cid.toString())
      expect(selected).toHaveLength(5) // two folders, a leaf and its node, a small file
      expect(done.blockCount).toBe(selected.length)
      const store = await openCarBlockstore(outPath)
      const written: string[] = []
      for await (const cid of store.cids()) written.push(cid.toString())
      expect([store.roots.map(String), written]).toEqual([[root.toString()], selected])
      await store.close()
      expect(await retrievals.open(root)).toBeNull() // it is not the whole
      await expect(
        retrievals.export({ dealId, outPath: join(directory, 'files'), format: 'files', overwrite: false }),
      ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    },
  )

  it('says which block a selector misses, and goes on from the blocks that came', async () => {
    const { dags, root } = await folder()
    const everyTwo = '{"R":{"l":{"depth":4},":>":{"a":{">":{"@":{}}}}}}'
    const selected: CID[] = []
    for await (const { cid } of selectBlocks(dags, root, parseSelector(everyTwo))) selected.push(cid)
    const gone = selected.at(-1) ?? root
    const lost = await dags.get(gone)
    dags.blocks.delete(gone.toString())
    const { retrievals } = await client({ own: await provider(dags) })
    const { dealId } = await retrievals.begin(asking(root, { selector: everyTwo }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({
      code: 'BLOCK_NOT_FOUND',
      details: { cid: gone.toString() },
    })
    await dags.put(gone, lost)
    await retrievals.retry(dealId)
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', blockCount: selected.length })
  })

  it('is everything where a selector says so', async () => {
    const { dags, root } = await folder()
    const { retrievals } = await client({ dags })
    const all = '{"R":{"l":{"none":{}},":>":{"a":{">":{"@":{}}}}}}'
    const { dealId } = await retrievals.begin(asking(root, { from: ['local'], selector: all }))
    expect(await retrievals.wait(dealId)).toMatchObject({ selector: null, complete: true })
    expect(await retrievals.open(root).then((dag) => dag?.release())).toBeUndefined()
  })
})
