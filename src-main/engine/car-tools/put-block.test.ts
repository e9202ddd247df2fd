import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FileReader, inlineTaskRunner, parseCid } from '../base/index.ts'
import { openCarBlockstore } from '../blockstore/index.ts'
import { readCarLayout, verifyCar } from '../car/index.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { type PutBlockOptions, putBlock } from './index.ts'

const at = temporaryFolder('put-block')
const HELLO = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const RAW = { as: { codec: 'raw' }, version: 2, setRoot: false } as const

const put = (text: string, options: Partial<PutBlockOptions> = {}) =>
  putBlock(at('made.car'), Buffer.from(text), { ...RAW, ...options })

async function contents(): Promise<{ version: number; roots: string[]; blocks: string[] }> {
  const reader = FileReader.open(at('made.car'))
  const layout = await readCarLayout(reader).finally(() => reader.close())
  const blockstore = await openCarBlockstore(at('made.car'))
  const blocks: string[] = []
  for await (const cid of blockstore.cids()) blocks.push(Buffer.from(await blockstore.get(cid)).toString())
  await blockstore.close()
  return { version: layout.version, roots: layout.roots.map(String), blocks }
}

describe('putBlock', () => {
  it.each([1, 2] as const)('makes a CARv%i and adds to it, whatever version is asked for then', async (version) => {
    const made = await put('hello world', { version })
    expect({ ...made, cid: made.cid.toString() }).toEqual({ cid: HELLO, created: true, version, rootCount: 0 })
    expect(await put('second block', { version: version === 1 ? 2 : 1 })).toMatchObject({ created: false })
    expect(await contents()).toEqual({ version, roots: [], blocks: ['hello world', 'second block'] })
  })

  it('sets the root of a new file only, and keeps it', async () => {
    await put('hello world', { setRoot: true })
    const before = readFileSync(at('made.car'))
    await expect(put('second block', { setRoot: true })).rejects.toThrow(
      /cannot use --set-root when appending to existing file/,
    )
    expect(readFileSync(at('made.car')).equals(before)).toBe(true)
    expect(await put('second block')).toMatchObject({ rootCount: 1 })
    expect(await contents()).toMatchObject({ roots: [HELLO], blocks: ['hello world', 'second block'] })
    expect(await verifyCar(at('made.car'), inlineTaskRunner)).toMatchObject({ ok: true })
  })

  it('names the block after its codec, or takes the CID that it hashes to', async () => {
    const codecs = { 'dag-pb': 'bafybei', 'dag-cbor': 'bafyrei', 'dag-json': 'baguqee' }
    for (const [codec, prefix] of Object.entries(codecs)) {
      const { cid } = await put('hello world', { as: { codec } })
      expect(cid.toString()).toMatch(new RegExp(`^${prefix}`))
    }
    expect((await put('hello world', { as: { cid: parseCid(HELLO) } })).cid.toString()).toBe(HELLO)
    await expect(put('other', { as: { cid: parseCid(HELLO) } })).rejects.toThrow(/CID mismatch/)
    await expect(put('other', { as: { codec: 'dag-xml' } })).rejects.toThrow(/unsupported codec: dag-xml/)
  })
})
