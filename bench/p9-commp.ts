import { join } from 'node:path'
import { hashFile, PieceHasher } from '../src-main/engine/commp/index.ts'
import { fillStream, writeStreamFile } from './data.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { sha256SpeedLimit } from './limits/openssl-speed.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024
const PART_BYTES = 4 * MIB

export const benchmark: Benchmark = {
  id: 'P9',
  title: 'piece commitment (CommP)',
  async run(context) {
    const sizeMiB = context.quick ? 127 : 254
    const path = join(context.directory, 'payload.bin')
    writeStreamFile(path, sizeMiB * MIB, 9)
    const limit = await sha256SpeedLimit()
    const oneThread = createPool(1)
    const twoThreads = createPool(2)
    const part = new Uint8Array(PART_BYTES)
    fillStream(part, 9)
    const stream = async () => {
      const hasher = new PieceHasher(oneThread)
      for (let sent = 0; sent < sizeMiB * MIB; sent += PART_BYTES) await hasher.update(part)
      await hasher.finish()
    }
    const row = (what: string, work: () => Promise<unknown>, ratio: number) =>
      context.compare({
        what,
        unit: 'MiB/s',
        work: async () => sizeMiB / (await secondsOf(work)),
        limit: limit.measure,
        limitWhat: limit.what,
        target: { ratio },
        maxRssMiB: 128,
      })
    try {
      return [
        await row(`file of ${sizeMiB} MiB, one core`, () => hashFile(path, oneThread), 0.09),
        await row(`file of ${sizeMiB} MiB, two cores`, () => hashFile(path, twoThreads), 0.18),
        await row(`stream of ${sizeMiB} MiB, one core`, stream, 0.09),
      ]
    } finally {
      await Promise.all([oneThread.close(), twoThreads.close()])
    }
  },
}
