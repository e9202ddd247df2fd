import { createLink, encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, it } from 'vitest'
import type { BlockView } from '../../../../src-shared/contract/index.ts'
import { imageTypeOf, PREVIEW_BYTES, readFileContent, textOf } from './file-content.ts'

const RAW = 0x55
const DAG_PB = 0x70

/** A shard in memory: answers as the engine does. */
class Blocks {
  readonly #blocks = new Map<string, { codec: string; bytes: Uint8Array }>()

  async add(code: number, bytes: Uint8Array): Promise<CID> {
    const cid = CID.createV1(code, await sha256.digest(bytes))
    this.#blocks.set(cid.toString(), { codec: code === RAW ? 'raw' : 'dag-pb', bytes })
    return cid
  }

  readonly get = (cid: string, maxBytes: number): Promise<BlockView> => {
    const block = this.#blocks.get(cid)
    if (block === undefined) return Promise.reject(new Error('The block is missing.'))
    const bytes = btoa(String.fromCharCode(...block.bytes.subarray(0, maxBytes)))
    return Promise.resolve({
      cid,
      codec: block.codec,
      multihash: '',
      sizeBytes: block.bytes.length,
      offset: 0,
      bytes,
      links: [],
      verified: true,
    })
  }
}

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('the content of a file in a shard', () => {
  it('is joined from its blocks in order', async () => {
    const blocks = new Blocks()
    const parts = [await blocks.add(RAW, utf8('Hello, ')), await blocks.add(RAW, utf8('world'))]
    const file = new UnixFS({ type: 'file', blockSizes: [7n, 5n] })
    const links = parts.map((cid) => createLink('', 10, cid))
    const root = await blocks.add(DAG_PB, encode(prepare({ Data: file.marshal(), Links: links })))
    const content = await readFileContent(root.toString(), blocks.get)
    expect(content && textOf(content)).toBe('Hello, world')
  })

  it('is found inside old-style blocks, too', async () => {
    const blocks = new Blocks()
    const file = new UnixFS({ type: 'file', data: utf8('inline') })
    const root = await blocks.add(DAG_PB, encode(prepare({ Data: file.marshal(), Links: [] })))
    const content = await readFileContent(root.toString(), blocks.get)
    expect(content && textOf(content)).toBe('inline')
  })

  it('is not read when it is too large, or no file', async () => {
    const blocks = new Blocks()
    const large = new UnixFS({ type: 'file', blockSizes: [BigInt(PREVIEW_BYTES) + 1n] })
    const folder = new UnixFS({ type: 'directory' })
    for (const entry of [large, folder]) {
      const root = await blocks.add(DAG_PB, encode(prepare({ Data: entry.marshal(), Links: [] })))
      expect(await readFileContent(root.toString(), blocks.get)).toBeNull()
    }
  })
})

describe('what bytes are', () => {
  it('tells text from binary data', () => {
    expect(textOf(utf8('naïve\n\ttext'))).toBe('naïve\n\ttext')
    expect(textOf(Uint8Array.of(0, 1, 2))).toBeNull()
    expect(textOf(Uint8Array.of(0xff, 0xfe))).toBeNull()
  })

  it('knows images by their first bytes, and never SVG', () => {
    expect(imageTypeOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d))).toBe('image/png')
    expect(imageTypeOf(utf8('<svg xmlns="http://www.w3.org/2000/svg">'))).toBeNull()
  })
})
