import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Limit } from './read-sha256.ts'

const MIB = 1024 * 1024
const CHUNK_BYTES = 4 * MIB

/** MiB/s of writing a new file of `sizeMiB` in large pieces and making it durable: what the disk gives. */
export function durableWriteLimit(path: string, sizeMiB: number): Limit {
  const chunk = new Uint8Array(CHUNK_BYTES).fill(7)
  return {
    what: 'write and fsync of as many bytes',
    async measure() {
      const start = process.hrtime.bigint()
      const fd = openSync(path, 'w')
      for (let done = 0; done < sizeMiB * MIB; done += CHUNK_BYTES) writeSync(fd, chunk)
      fsyncSync(fd)
      closeSync(fd)
      const seconds = Number(process.hrtime.bigint() - start) / 1e9
      rmSync(path)
      return sizeMiB / seconds
    },
  }
}
