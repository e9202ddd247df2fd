/** Dagstores and CARs for the benchmarks of shards. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { silentLogger, systemClock, type TaskRunner } from '../src-main/engine/base/index.ts'
import { encodeCarHeader, sectionHead } from '../src-main/engine/car/index.ts'
import {
  createDagstore,
  type Dagstore,
  type DagstoreConfig,
  FileMount,
  MountRegistry,
} from '../src-main/engine/dagstore/index.ts'
import { LevelStore } from '../src-main/engine/store/index.ts'

const RAW = 0x55
const SHA2_256 = 0x12

export interface BenchCar {
  key: string
  path: string
  cids: CID[]
}

/** A file with a CARv1 of `blocks` raw blocks of 64 bytes; with `common` its first block is the same in all. */
export function writeSmallCar(directory: string, number: number, blocks: number, common = false): BenchCar {
  const cids: CID[] = []
  const parts: Uint8Array[] = []
  for (let i = 0; i < blocks; i++) {
    const bytes = Buffer.alloc(64)
    if (!common || i > 0) bytes.writeUInt32BE(number + 1)
    bytes.writeUInt32BE(i, 4)
    const cid = CID.createV1(RAW, createDigest(SHA2_256, createHash('sha256').update(bytes).digest()))
    cids.push(cid)
    parts.push(sectionHead(cid, bytes.length), bytes)
  }
  const path = join(directory, `${number}.car`)
  writeFileSync(path, Buffer.concat([encodeCarHeader(cids.slice(0, 1)), ...parts]))
  return { key: `shard-${number}`, path, cids }
}

export interface BenchDagstore {
  dagstore: Dagstore
  store: LevelStore
  close(): Promise<void>
}

/** A dagstore on disk whose mounts are files, started. */
export async function openBenchDagstore(
  directory: string,
  tasks: TaskRunner,
  config: DagstoreConfig = {},
): Promise<BenchDagstore> {
  await mkdir(directory, { recursive: true })
  const store = await LevelStore.open(join(directory, 'datastore'), { compression: false })
  const dagstore = createDagstore({
    directory,
    store,
    tasks,
    mounts: new MountRegistry().register('file', new FileMount()),
    clock: systemClock,
    log: silentLogger,
    config,
  })
  await dagstore.start()
  return {
    dagstore,
    store,
    async close() {
      await dagstore.close()
      await store.close()
    },
  }
}
