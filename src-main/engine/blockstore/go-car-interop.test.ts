/** The read-write store beside that of go-car: the same bytes for the same puts, and each goes on with the other's files. Needs Go. */
import { readFile, writeFile } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { verifyCar } from '../car/index.ts'
import { identityBlock, numberedBlocks, rawBlock, type TestBlock } from '../testing/blocks.ts'
import { buildGoCarOracle, type GoCarAnswer, GoCarOracle, type GoCarRequest } from '../testing/go-car-oracle.ts'
import { contentAfter, RecordedFile, torn } from '../testing/recorded-file.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { ReadWriteBlockstore, type ReadWriteOptions } from './index.ts'

const program = await buildGoCarOracle()
const at = temporaryFolder('store-interop')

const asRequest = (blocks: readonly TestBlock[]) =>
  blocks.map(({ cid, bytes }) => ({ cid: String(cid), data: Buffer.from(bytes).toString('base64') }))

async function putAll(path: string, blocks: readonly TestBlock[], options: ReadWriteOptions): Promise<void> {
  const store = await ReadWriteBlockstore.open(path, options)
  for (const { cid, bytes } of blocks) await store.put(cid, bytes)
  await store.finalize()
}

describe.skipIf(program === null)('beside the store of go-car', () => {
  let oracle: GoCarOracle
  let blocks: TestBlock[]
  beforeAll(async () => {
    oracle = new GoCarOracle(program as string)
    const some = await numberedBlocks(9)
    const [first, second] = some as [TestBlock, TestBlock]
    blocks = [
      ...some,
      await rawBlock(''),
      identityBlock('inline'),
      await rawBlock(new Uint8Array(3000).fill(7), 0xb220),
      await rawBlock(new Uint8Array(300).fill(8), 0x13),
      first, // again
      { cid: CID.createV1(0x71, second.cid.multihash), bytes: second.bytes }, // under another codec
      { cid: CID.create(0, 0x70, second.cid.multihash as never), bytes: second.bytes }, // and as CIDv0
    ]
  })
  afterAll(() => {
    oracle.close()
  })

  const ask = async (request: GoCarRequest): Promise<GoCarAnswer> => {
    const answer = await oracle.ask(request)
    expect(answer.error, request.op).toBeUndefined()
    return answer
  }

  const OPTIONS: ReadWriteOptions[] = [
    { roots: [] },
    { roots: [], storeIdentity: true },
    { roots: [], wholeCids: true },
    { roots: [], allowDuplicates: true, storeIdentity: true },
    { roots: [], wholeCids: true, allowDuplicates: true },
    { roots: [], indexCodec: 0x0400 },
    { roots: [], dataPadding: 1413, indexPadding: 1314 },
    { roots: [], carV1: true },
  ]

  it.each(OPTIONS)('writes the same bytes with %o', async (given) => {
    const options = { ...given, roots: blocks.slice(0, 2).map(({ cid }) => cid) }
    await putAll(at('ours.car'), blocks, options)
    const {
      indexCodec: codec,
      roots,
      storeIdentity,
      wholeCids,
      allowDuplicates,
      carV1,
      dataPadding,
      indexPadding,
    } = options
    const optional = { codec, storeIdentity, wholeCids, allowDuplicates, carV1, dataPadding, indexPadding }
    const request = { op: 'write', roots: roots.map(String), ...defined(optional) } as const
    await ask({ ...request, path: at('theirs.car'), blocks: asRequest(blocks) })
    const same = await readFile(at('theirs.car'))
    expect(Buffer.compare(await readFile(at('ours.car')), same)).toBe(0)
    // Half by one, the rest by the other, whoever begins.
    const half = 8
    await ask({ ...request, path: at('begun.car'), blocks: asRequest(blocks.slice(0, half)), discard: true })
    await putAll(at('begun.car'), blocks.slice(half), options)
    expect(Buffer.compare(await readFile(at('begun.car')), same)).toBe(0)
    await putAll(at('ours-begun.car'), blocks.slice(0, half), options)
    await ask({ ...request, path: at('ours-begun.car'), blocks: asRequest(blocks.slice(half)) })
    expect(Buffer.compare(await readFile(at('ours-begun.car')), same)).toBe(0)
  })

  it('go-car goes on with what is recovered from a crash at any write', { timeout: 120_000 }, async () => {
    const options: ReadWriteOptions = { roots: [(blocks[0] as TestBlock).cid], stagingBytes: 256, dataPadding: 20 }
    const recorded = new RecordedFile('a.car')
    const session = await ReadWriteBlockstore.open(at('session.car'), { ...options, openFile: recorded.opener })
    for (const [i, { cid, bytes }] of blocks.entries()) {
      await session.put(cid, bytes)
      if (i % 4 === 3) await session.sync()
    }
    await session.finalize()
    const whole = recorded.content
    let resumed = 0
    for (const [before, next] of recorded.changes.entries())
      for (const tear of next.kind === 'write' ? [0, 1, next.bytes.length >> 1, next.bytes.length - 1] : [0]) {
        const content = contentAfter(Buffer.alloc(0), [...recorded.changes.slice(0, before), ...torn(next, tear)])
        const file = new RecordedFile('a.car', content)
        const path = at(`crash-${resumed++}.car`)
        const store = await ReadWriteBlockstore.open(path, { ...options, openFile: file.opener })
        for await (const cid of store.cids()) await store.get(cid)
        await store.discard()
        await writeFile(path, file.content)
        await ask({
          op: 'write',
          path,
          roots: options.roots.map(String),
          dataPadding: 20,
          blocks: asRequest(blocks),
        })
        const { problems, blockCount } = await verifyCar(path, inlineTaskRunner)
        expect({ problems, blockCount }, `change ${before}, torn at ${tear}`).toEqual({ problems: [], blockCount: 12 })
        expect(Buffer.compare(await readFile(path), whole), `change ${before}, torn at ${tear}`).toBe(0)
      }
    expect(resumed).toBeGreaterThan(30)
  })
})

function defined<Value extends object>(value: Value): { [Key in keyof Value]: NonNullable<Value[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never
}
