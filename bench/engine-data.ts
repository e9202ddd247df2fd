/** Data directories of engines with many shards and imports. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { LevelStore, type StoreOperation } from '../src-main/engine/store/index.ts'

const IMPORT_BYTES = 1000
const TOGETHER = 1000
const AVAILABLE = 2
const ERRORED = 0xf0

export interface ShardData {
  /** Every which shard is Errored; default none, all are Available. */
  erroredEvery?: number
}

/** Records of made-up pieces, and an empty index for each that is Available. */
export async function writeShards(directory: string, count: number, { erroredEvery }: ShardData = {}): Promise<void> {
  await mkdir(join(directory, 'index'), { recursive: true })
  const emptyIndex = Buffer.from([0x81, 0x08, 0, 0, 0, 0])
  await writeRows(join(directory, 'datastore'), count, async (i) => {
    const digest = Buffer.alloc(32)
    digest.writeUInt32BE(Math.imul(i, 2654435761) >>> 0)
    digest.writeUInt32BE(i, 4)
    const key = CID.createV1(0xf101, createDigest(0x1012, digest)).toString()
    const record = { k: key, u: `lotus://${key}`, t: '', l: true }
    if (erroredEvery !== undefined && i % erroredEvery === 0)
      return [putJson(`/dagstore/${key}`, { ...record, s: ERRORED, e: `failed to fetch piece ${key}: no copy ${i}` })]
    await writeFile(join(directory, 'index', `${key}.full.idx`), emptyIndex)
    return [putJson(`/dagstore/${key}`, { ...record, s: AVAILABLE, e: '' }), putJson(`/ps/${key}`, [i + 1, 0, null])]
  })
}

/** As Carport writes them down; their CARs and sources are small files. */
export async function writeImports(dataDir: string, count: number): Promise<void> {
  const sources = join(dataDir, 'sources')
  const cars = join(dataDir, 'imports')
  for (const folder of [sources, cars]) await mkdir(folder, { recursive: true })
  const bytes = Buffer.alloc(IMPORT_BYTES)
  await writeRows(join(dataDir, 'datastore'), count, async (i) => {
    const id = String(1_700_000_000_000_000_000n + BigInt(i))
    const [source, car] = [join(sources, `${i}.bin`), join(cars, `${id}.car`)]
    await Promise.all([writeFile(source, bytes), writeFile(car, bytes)])
    const digest = Buffer.alloc(32)
    digest.writeUInt32BE(i)
    const carport = {
      ...{ state: 'ready', kind: 'linked', profile: 'unixfs-v1-2025', sizeBytes: IMPORT_BYTES, mtimeMs: null },
      ...{ carSizeBytes: IMPORT_BYTES, blockCount: 1, createdAt: new Date(0).toISOString(), error: null },
    }
    const root = CID.createV1(0x55, createDigest(0x12, digest)).toString()
    const labels = { source: 'import', filename: source, carport: JSON.stringify(carport), root, car_path: car }
    return [putJson(`/client/stores/${id}`, { Labels: { ...labels, car_owner: 'importmgr' } })]
  })
}

async function writeRows(path: string, count: number, rowsOf: (i: number) => Promise<StoreOperation[]>): Promise<void> {
  await mkdir(path, { recursive: true })
  const store = await LevelStore.open(path, { compression: false })
  for (let from = 0; from < count; from += TOGETHER) {
    const numbers = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => from + i)
    await store.batch((await Promise.all(numbers.map(rowsOf))).flat(), { durable: false })
  }
  await store.close()
}

function putJson(key: string, value: unknown): StoreOperation {
  return { type: 'put', key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)) }
}
