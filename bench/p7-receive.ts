/**
 * Puts blocks into a growing CARv2. Each is hashed and compared with its CID, looked up, and copied into the file. Measured
 * twice: until all of them are in the file, which is what a peer waits for, and until the finalized CAR with its index
 * survives a power cut: that is the disk's time, and new blocks are made durable in the background meanwhile.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { ReadWriteBlockstore } from '../src-main/engine/blockstore/index.ts'
import { computeDigest, SHA2_256_CODE } from '../src-main/engine/car/index.ts'
import { contentBytes } from './data.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { GO_CAR_WHAT, type GoCar, startGoCar } from './limits/go-car.ts'
import { sha256SpeedLimit } from './limits/openssl-speed.ts'
import { durableWriteLimit } from './limits/write-file.ts'
import { rawCid } from './raw-car.ts'

const MIB = 1024 * 1024
/** As a retrieval does, so that little is left to write at the end. */
const SYNC_EVERY_BYTES = 32 * MIB

interface Block {
  cid: CID
  bytes: Uint8Array
}

export const benchmark: Benchmark = {
  id: 'P7',
  title: 'receive verified blocks into a read-write CARv2',
  async run(context) {
    const goCar = await startGoCar(context)
    try {
      return [
        ...(await receive(context, goCar, MIB, '1 MiB', 1000)),
        ...(await receive(context, goCar, 4096, '4 KiB', 550)),
      ]
    } finally {
      goCar?.close()
    }
  },
}

async function receive(
  context: BenchContext,
  goCar: GoCar | null,
  blockBytes: number,
  size: string,
  target: number,
): Promise<Figure[]> {
  const sizeMiB = context.quick ? 128 : 512
  const blocks = await makeBlocks(sizeMiB * MIB, blockBytes)
  const path = join(context.directory, 'received.car')
  const what = `receive ${sizeMiB} MiB in verified blocks of ${size}`
  const received = async (finalize: boolean) => {
    const store = await ReadWriteBlockstore.open(path, { roots: blocks.slice(0, 1).map(({ cid }) => cid) })
    const seconds = await secondsOf(async () => {
      let syncing: Promise<void> | null = null
      for (const { cid, bytes } of blocks) {
        await store.put(cid, bytes)
        if (!finalize || syncing !== null || store.payloadSize - store.syncedPayloadSize < SYNC_EVERY_BYTES) continue
        syncing = store.sync().finally(() => {
          syncing = null
        })
      }
      await syncing
      await (finalize ? store.finalize() : store.discard())
    })
    rmSync(path)
    return sizeMiB / seconds
  }
  const sha256 = await sha256SpeedLimit(blockBytes)
  const disk = durableWriteLimit(join(context.directory, 'written'), sizeMiB)
  const rows = [
    await context.compare({
      what: `${what}, all in the file`,
      unit: 'MiB/s',
      work: () => received(false),
      limit: sha256.measure,
      limitWhat: `${sha256.what}, blocks of ${size}`,
      target: { value: target },
      maxRssMiB: 128,
    }),
    await context.compare({
      what: `${what}, finalized and durable`,
      unit: 'MiB/s',
      work: () => received(true),
      limit: disk.measure,
      limitWhat: disk.what,
      target: { ratio: 0.8 },
    }),
  ]
  if (goCar === null) return rows
  rows.push(
    await context.compare({
      what: `${what}, all in the file, beside go-car`,
      unit: 'MiB/s',
      work: () => received(false),
      limit: async () => {
        const seconds = await goCar.measure({ op: 'receive', path, count: blocks.length, blockBytes })
        rmSync(path)
        return sizeMiB / seconds
      },
      limitWhat: `${GO_CAR_WHAT}, blocks hashed and compared before Put`,
      target: { ratio: 1 },
    }),
  )
  return rows
}

async function makeBlocks(sizeBytes: number, blockBytes: number): Promise<Block[]> {
  const content = contentBytes({ content: 'stream', seed: 1, size: sizeBytes })
  const blocks: Block[] = []
  for (let at = 0; at < content.length; at += blockBytes) {
    const bytes = content.subarray(at, at + blockBytes)
    blocks.push({ cid: rawCid(await computeDigest(SHA2_256_CODE, bytes)), bytes })
  }
  return blocks
}
