import { createLink, encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import type { BlockView, DagEntry } from '../../../src-shared/contract/index.ts'

interface Block {
  cid: CID
  bytes: Uint8Array
  entries: DagEntry[]
}

const RAW = 0x55
const DAG_PB = 0x70

/** A small shard with real blocks: folders, texts, a picture, and one block that is missing. */
export class MockShard {
  readonly #blocks = new Map<string, Block>()
  root = ''

  static async create(picture: Uint8Array): Promise<MockShard> {
    const shard = new MockShard()
    const readme = await shard.#file('README.md', utf8(README))
    const data = await shard.#file('measurements.csv', utf8(measurements()))
    const photo = await shard.#file('harbour.png', picture)
    const binary = await shard.#file(
      'index.bin',
      Uint8Array.from({ length: 4096 }, (_, at) => (at * 37) ^ (at >> 3)),
    )
    const lost: DagEntry = {
      name: 'lost.tif',
      cid: CID.createV1(RAW, await sha256.digest(utf8('gone'))).toString(),
      type: 'missing',
      size: null,
    }
    const days = await Promise.all(
      Array.from({ length: 31 }, (_, day) =>
        shard.#file(
          `2026-10-${String(day + 1).padStart(2, '0')}.json`,
          utf8(JSON.stringify({ day: day + 1, tiles: day * 3 }, null, 2)),
        ),
      ),
    )
    const october = await shard.#folder('2026-10', days)
    const pictures = await shard.#folder('pictures', [photo, lost])
    const root = await shard.#folder('', [october, pictures, readme, data, binary])
    shard.root = root.cid
    return shard
  }

  entries(cid: string): DagEntry[] {
    return this.#blocks.get(cid)?.entries ?? []
  }

  block(cid: string, maxBytes: number): BlockView | null {
    const block = this.#blocks.get(cid)
    if (block === undefined) return null
    return {
      cid,
      codec: block.cid.code === RAW ? 'raw' : 'dag-pb',
      multihash: Array.from(block.cid.multihash.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      sizeBytes: block.bytes.length,
      offset: 59 + this.#blocks.size * 1000,
      bytes: base64(block.bytes.subarray(0, maxBytes)),
      links: block.entries.map(({ name, cid: link, size }) => ({ name, cid: link, size })),
      verified: true,
    }
  }

  get size(): number {
    return this.#blocks.size
  }

  async #file(name: string, bytes: Uint8Array): Promise<DagEntry> {
    const cid = CID.createV1(RAW, await sha256.digest(bytes))
    this.#blocks.set(cid.toString(), { cid, bytes, entries: [] })
    return { name, cid: cid.toString(), type: 'file', size: bytes.length }
  }

  async #folder(name: string, entries: DagEntry[]): Promise<DagEntry> {
    const links = entries.map((entry) => createLink(entry.name, entry.size ?? 0, CID.parse(entry.cid)))
    const bytes = encode(prepare({ Data: new UnixFS({ type: 'directory' }).marshal(), Links: links }))
    const cid = CID.createV1(DAG_PB, await sha256.digest(bytes))
    this.#blocks.set(cid.toString(), { cid, bytes, entries })
    return { name, cid: cid.toString(), type: 'directory', size: null }
  }
}

const utf8 = (text: string) => new TextEncoder().encode(text)

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

const README = `# Sentinel-2 tiles, October 2026

Level-2A surface reflectance over the North Sea, one folder per day.

- measurements.csv  temperature by buoy, every ten minutes
- pictures/         overviews for people
- index.bin         offsets of the tiles
`

function measurements(): string {
  const lines = ['buoy,time,celsius']
  for (let at = 0; at < 400; at++)
    lines.push(
      `NS-${String(at % 12).padStart(2, '0')},2026-10-${String((at % 31) + 1).padStart(2, '0')}T${String(at % 24).padStart(2, '0')}:00Z,${(9 + Math.sin(at / 9) * 2).toFixed(2)}`,
    )
  return lines.join('\n')
}
