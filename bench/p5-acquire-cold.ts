/** Acquires a shard with a large index and reads one block of it: from the call to the verified bytes. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { encodeCarHeader } from '../src-main/engine/car/index.ts'
import { openBenchDagstore } from './dagstore-data.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { createPool } from './worker-pool.ts'

const BLOCK_BYTES = 32
/** varint(36 + 32), CIDv1 raw sha2-256, block */
const SECTION_BYTES = 1 + 36 + BLOCK_BYTES
const BATCH = 20_000

export const benchmark: Benchmark = {
  id: 'P5',
  title: 'acquire a shard with a large index',
  async run(context) {
    const count = context.quick ? 1_000_000 : 10_000_000
    const path = join(context.directory, 'large.car')
    const sample = writeLargeCar(path, count)
    const pool = createPool()
    const opened = await openBenchDagstore(join(context.directory, 'dagstore'), pool, { MaxIdleOpenShards: 0 })
    const { dagstore } = opened
    try {
      await dagstore.register('large', pathToFileURL(path).href)
      let turn = 0
      return [
        await context.compare({
          what: `${count / 1e6}M records: acquire to first block, opened anew`,
          unit: 'ms',
          better: 'less',
          work: async () => {
            const cid = sample[turn++ % sample.length]
            const seconds = await secondsOf(async () => {
              const accessor = await dagstore.acquire('large')
              if (cid !== undefined) await accessor.blockstore.get(cid)
              await accessor.close()
            })
            return seconds * 1000
          },
          target: { value: 30 },
          maxRssMiB: 64,
          rounds: 21,
        }),
      ]
    } finally {
      await opened.close()
      await pool.close()
    }
  },
}

/** Blocks whose bytes are their number; gives the CIDs of some. */
function writeLargeCar(path: string, count: number): CID[] {
  const sample: CID[] = []
  const fd = openSync(path, 'w')
  writeSync(fd, encodeCarHeader([]))
  for (let from = 0; from < count; from += BATCH) {
    const bytes = Buffer.alloc(Math.min(BATCH, count - from) * SECTION_BYTES)
    for (let i = 0; i * SECTION_BYTES < bytes.length; i++) {
      const at = i * SECTION_BYTES
      const block = bytes.subarray(at + SECTION_BYTES - BLOCK_BYTES, at + SECTION_BYTES)
      block.writeUInt32BE(from + i)
      const digest = createHash('sha256').update(block).digest()
      bytes.set([SECTION_BYTES - 1, 1, 0x55, 0x12, 32], at)
      bytes.set(digest, at + 5)
      if (i === 0) sample.push(CID.createV1(0x55, createDigest(0x12, digest)))
    }
    writeSync(fd, bytes)
  }
  closeSync(fd)
  return sample
}
