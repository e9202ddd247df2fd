import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { buildDirectory, type DagSink } from '../src-main/engine/unixfs/index.ts'
import { contentBytes } from './data.ts'
import { type Benchmark, secondsOf } from './harness.ts'
import { createPool } from './worker-pool.ts'

const FILE_BYTES = 4096

const sink: DagSink = { leafBytes: false, leaf() {}, node() {} }

export const benchmark: Benchmark = {
  id: 'P2',
  title: 'linked import of many small files',
  async run(context) {
    const count = context.quick ? 5000 : 20_000
    const folder = join(context.directory, 'folder')
    const paths = plant(folder, count)
    const pool = createPool(2)
    try {
      const common = {
        unit: 'files/s',
        work: async () =>
          count / (await secondsOf(() => buildDirectory(folder, { profile: 'unixfs-v1-2025', tasks: pool, sink }))),
      }
      return [
        await context.compare({
          ...common,
          what: `linked import of ${count} files of 4 KiB, listing and reading included`,
          target: { value: 60_000 },
        }),
        await context.compare({
          ...common,
          what: `the same against ipfs-unixfs-importer`,
          limit: async () => count / (await secondsOf(() => importWithLibrary(paths))),
          limitWhat: 'ipfs-unixfs-importer, 50 files at once, files read whole',
          target: { ratio: 3 },
          rounds: 3,
        }),
      ]
    } finally {
      await pool.close()
    }
  },
}

function plant(folder: string, count: number): string[] {
  mkdirSync(folder)
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `file-${String(i).padStart(6, '0')}.bin`)
    writeFileSync(path, contentBytes({ content: 'stream', seed: i + 1, size: FILE_BYTES }))
    return path
  })
}

/** The library at its best here: no streams, the content of each file in one piece. */
async function importWithLibrary(paths: readonly string[]): Promise<void> {
  const candidates = function* () {
    for (const path of paths) yield { path: path.slice(1), content: readFileSync(path) }
  }
  const nowhere = { put: async (cid: unknown) => cid }
  const options = {
    profile: 'unixfs-v1-2025' as const,
    fileImportConcurrency: 50,
    wrapWithDirectory: true,
    chunker: fixedSize({ chunkSize: 1_048_576 }),
  }
  for await (const _ of importer(candidates(), nowhere as never, options));
}
