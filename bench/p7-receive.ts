import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { ReadWriteBlockstore } from '../src-main/engine/blockstore/index.ts'
import { computeDigest, RAW_CODEC, SHA2_256_CODE } from '../src-main/engine/car/index.ts'
import { contentBytes } from './data.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { sha256SpeedLimit } from './limits/openssl-speed.ts'

const MIB = 1024 * 1024

interface Block {
  cid: CID
  bytes: Uint8Array
}

export const benchmark: Benchmark = {
  id: 'P7',
  title: 'receive verified blocks into a read-write CARv2',
  async run(context) {
    return [await receive(context, MIB, '1 MiB', 1000), await receive(context, 4096, '4 KiB', 550)]
  },
}

/** Up to the last `put`: making the file durable is the disk's time, and happens while more arrives. */
async function receive(context: BenchContext, blockBytes: number, size: string, target: number): Promise<Figure> {
  const sizeMiB = context.quick ? 128 : 512
  const blocks = await makeBlocks(sizeMiB * MIB, blockBytes)
  const limit = await sha256SpeedLimit(blockBytes)
  const [first] = blocks
  const roots = first === undefined ? [] : [first.cid]
  const path = join(context.directory, 'received.car')
  return context.compare({
    what: `receive ${sizeMiB} MiB in verified blocks of ${size}`,
    unit: 'MiB/s',
    work: async () => {
      const store = await ReadWriteBlockstore.open(path, { roots })
      const seconds = await secondsOf(async () => {
        for (const { cid, bytes } of blocks) await store.put(cid, bytes)
      })
      await store.close()
      rmSync(path)
      return sizeMiB / seconds
    },
    limit: limit.measure,
    limitWhat: `${limit.what}, blocks of ${size}`,
    target: { value: target },
  })
}

async function makeBlocks(sizeBytes: number, blockBytes: number): Promise<Block[]> {
  const content = contentBytes({ content: 'stream', seed: 1, size: sizeBytes })
  const blocks: Block[] = []
  for (let at = 0; at < content.length; at += blockBytes) {
    const bytes = content.subarray(at, at + blockBytes)
    const digest = await computeDigest(SHA2_256_CODE, bytes)
    blocks.push({ cid: CID.createV1(RAW_CODEC, create(SHA2_256_CODE, digest)), bytes })
  }
  return blocks
}
