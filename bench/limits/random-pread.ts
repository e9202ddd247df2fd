import { closeSync, openSync, readSync } from 'node:fs'
import { compileC, runLimit } from './compile-c.ts'
import type { Limit } from './read-sha256.ts'

export interface EvenBlocks {
  path: string
  /** Position of the first, and from each to the next. */
  first: number
  stride: number
  blockCount: number
  blockBytes: number
}

/** Reads per second of random blocks on one thread, in C; in node:fs where C is not to be had. */
export async function randomPreadLimit(blocks: EvenBlocks, reads: number, directory: string): Promise<Limit> {
  const binary = await compileC('random-pread', directory)
  if (binary === null)
    return { what: 'node readSync, one thread (no C compiler)', measure: async () => nodeSpeed(blocks, reads) }
  const args = [blocks.path, blocks.first, blocks.stride, blocks.blockCount, blocks.blockBytes, reads].map(String)
  return { what: 'C pread, one thread', measure: async () => reads / (await runLimit(binary, args)) }
}

function nodeSpeed({ path, first, stride, blockCount, blockBytes }: EvenBlocks, reads: number): number {
  const fd = openSync(path, 'r')
  const block = new Uint8Array(blockBytes)
  const start = process.hrtime.bigint()
  for (let i = 0; i < reads; i++)
    readSync(fd, block, 0, blockBytes, first + Math.floor(Math.random() * blockCount) * stride)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  closeSync(fd)
  return reads / seconds
}
