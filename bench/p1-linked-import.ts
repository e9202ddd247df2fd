import { join } from 'node:path'
import { buildFile, type DagSink } from '../src-main/engine/unixfs/index.ts'
import { writeStreamFile } from './data.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { type Limit, readSha256Limit } from './limits/read-sha256.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024
const CHUNK_BYTES = MIB
const MAX_RSS_MIB = 128

/** What a linked import takes from the builder: positions of leaves, bytes of the few inner nodes. */
function linkedSink(): DagSink {
  const nodes: Uint8Array[] = []
  return { leafBytes: false, leaf() {}, node: (_cid, bytes) => void nodes.push(bytes) }
}

export const benchmark: Benchmark = {
  id: 'P1',
  title: 'linked import of one large file',
  async run(context) {
    const sizeMiB = context.quick ? 512 : 2048
    const path = join(context.directory, 'file')
    writeStreamFile(path, sizeMiB * MIB, 1)
    const limit = await readSha256Limit(path, CHUNK_BYTES, context.directory)
    return [
      await importWith(context, path, sizeMiB, 1, 0.95, limit),
      await importWith(context, path, sizeMiB, 2, 1.6, limit),
    ]
  },
}

async function importWith(
  context: BenchContext,
  path: string,
  sizeMiB: number,
  threads: number,
  ratio: number,
  limit: Limit,
): Promise<Figure> {
  const pool = createPool(threads)
  try {
    return await context.compare({
      what: `linked import of ${sizeMiB} MiB, sha2-256, 1 MiB chunks, ${threads === 1 ? 'one hashing thread' : `${threads} hashing threads`}`,
      unit: 'MiB/s',
      work: async () =>
        sizeMiB /
        (await secondsOf(() => buildFile(path, { profile: 'unixfs-v1-2025', tasks: pool, sink: linkedSink() }))),
      limit: limit.measure,
      limitWhat: limit.what,
      target: { ratio },
      maxRssMiB: MAX_RSS_MIB,
    })
  } finally {
    await pool.close()
  }
}
