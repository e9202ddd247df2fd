import { hash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { compileC, runLimit } from './compile-c.ts'

export interface Limit {
  what: string
  /** In the benchmark's unit. */
  measure(): Promise<number>
}

const MIB = 1024 * 1024

/** MiB/s of reading a file and hashing each chunk with sha256, on one core, in C; in node:crypto where C is not to be had. */
export async function readSha256Limit(path: string, chunkBytes: number, directory: string): Promise<Limit> {
  const sizeMiB = statSync(path).size / MIB
  const binary = await compileC('read-sha256', directory, [':libcrypto.so.3']).then(
    (found) => found ?? compileC('read-sha256', directory, ['crypto']),
  )
  if (binary !== null)
    return {
      what: 'C read+sha256, one core',
      measure: async () => sizeMiB / (await runLimit(binary, [path, String(chunkBytes)])),
    }
  return {
    what: 'node:crypto read+sha256, one core (no C compiler)',
    measure: async () => sizeMiB / readAndHash(path, chunkBytes),
  }
}

function readAndHash(path: string, chunkBytes: number): number {
  const start = process.hrtime.bigint()
  const fd = openSync(path, 'r')
  const chunk = new Uint8Array(chunkBytes)
  for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) hash('sha256', chunk.subarray(0, n), 'buffer')
  closeSync(fd)
  return Number(process.hrtime.bigint() - start) / 1e9
}
