import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryReader } from '../base/index.ts'
import { rawBlock, type TestBlock } from '../testing/blocks.ts'
import { RecordedFile } from '../testing/recorded-file.ts'
import { openReadOnlyBlockstore, ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

/** Blocks to choose from: several CIDs of one multihash, one digest under two functions, identity, empty, large. */
let blocks: TestBlock[]
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-model-'))
  const raw = await Promise.all(
    ['', 'a', 'b'.repeat(40), 'c'.repeat(700), 'd'.repeat(127 - 36)].map((s) => rawBlock(s)),
  )
  const [, a] = raw as [TestBlock, TestBlock]
  blocks = [
    ...raw,
    { cid: CID.createV1(0x71, a.cid.multihash), bytes: a.bytes },
    { cid: CID.createV0(createDigest(0x12, a.cid.multihash.digest)), bytes: a.bytes },
    await rawBlock('a', 0xb220),
    await rawBlock('a', 0x13),
    {
      cid: CID.createV1(0x55, createDigest(0, new TextEncoder().encode('identity'))),
      bytes: new TextEncoder().encode('identity'),
    },
    { cid: CID.createV1(0x55, createDigest(0, new Uint8Array(0))), bytes: new Uint8Array(0) },
  ]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the store should hold: sections in order, and the first of each key. */
class Model {
  readonly sections: TestBlock[] = []
  readonly #options: Partial<ReadWriteOptions>

  constructor(options: Partial<ReadWriteOptions>) {
    this.#options = options
  }

  put(block: TestBlock): void {
    if (this.#inline(block.cid)) return
    if (this.#options.allowDuplicates !== true && this.get(block.cid) !== null) return
    this.sections.push(block)
  }

  get(cid: CID): Uint8Array | null {
    if (this.#inline(cid)) return cid.multihash.digest
    const key = this.#key(cid)
    return this.sections.find((section) => this.#key(section.cid) === key)?.bytes ?? null
  }

  #inline(cid: CID): boolean {
    return cid.multihash.code === 0 && this.#options.storeIdentity !== true
  }

  #key(cid: CID): string {
    return Buffer.from(this.#options.wholeCids === true ? cid.bytes : cid.multihash.bytes).toString('hex')
  }
}

type Step = { do: 'put'; block: number } | { do: 'sync' } | { do: 'reopen'; how: 'discard' | 'close' | 'finalize' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('put' as const), block: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'sync' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reopen' as const),
      how: fc.constantFrom('discard' as const, 'close' as const, 'finalize' as const),
    }),
  },
)

const settings = fc.record({
  allowDuplicates: fc.boolean(),
  wholeCids: fc.boolean(),
  storeIdentity: fc.boolean(),
  dataPadding: fc.constantFrom(0, 9),
  indexPadding: fc.constantFrom(0, 5),
  indexCodec: fc.constantFrom(0x0400 as const, 0x0401 as const),
  stagingBytes: fc.constantFrom(1, 100, 1000, 1 << 20),
})

let stores = 0

describe('the read-write store', () => {
  it('does what a list of blocks does, however it is opened and closed', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (options, steps) => {
        const path = join(folder, `${stores++}.car`)
        const file = new RecordedFile(path)
        const open = () => ReadWriteBlockstore.open(path, { roots: [], ...options, openFile: file.opener })
        const model = new Model(options)
        let store = await open()
        for (const next of steps) {
          if (next.do === 'put') {
            const block = blocks[next.block] as TestBlock
            await store.put(block.cid, block.bytes)
            model.put(block)
          } else if (next.do === 'sync') await store.sync()
          else {
            await store[next.how]()
            store = await open()
          }
        }
        await expectSame(store, model)
        await store.finalizeReadOnly()
        await expectSame(store, model)
        await store.close()
        const { wholeCids, storeIdentity } = options
        const reader = await openReadOnlyBlockstore(new MemoryReader(file.content), {
          wholeCids,
          storeIdentity,
          onWarning: (text) => expect.unreachable(text),
        })
        await expectSame(reader, model)
      }),
      { numRuns: 150 },
    )
  })
})

async function expectSame(
  store: ReadWriteBlockstore | Awaited<ReturnType<typeof openReadOnlyBlockstore>>,
  model: Model,
) {
  const cids: string[] = []
  for await (const cid of store.cids()) cids.push(cid.toString())
  expect(cids).toEqual(model.sections.map(({ cid }) => cid.toString()))
  for (const { cid } of blocks) {
    const expected = model.get(cid)
    expect(await store.has(cid)).toBe(expected !== null)
    if (expected === null) await expect(store.get(cid)).rejects.toThrow('is not here')
    else {
      expect(Buffer.compare(await store.get(cid), expected)).toBe(0)
      expect(await store.size(cid)).toBe(expected.length)
    }
  }
}
