import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EngineError, fromErrno, isErrnoException } from '../base/index.ts'
import { type CarStream, readCarStream } from '../car/index.ts'

/** `-`: standard input. */
export const STDIN = '-'

/** Opens a CAR for reading once, from start to end. Every block is compared with its CID on the way. */
export async function openCarStream(path: string, options: { signal?: AbortSignal } = {}): Promise<CarStream> {
  try {
    return await readCarStream(
      path === STDIN ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 }),
      options,
    )
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}

/** All bytes of a text. CAR_LIMIT for more than `MAX_TEXT_BYTES`. */
export async function readText(path: string, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of path === STDIN ? process.stdin : createReadStream(path, options)) {
      chunks.push(chunk as Uint8Array)
      length += (chunk as Uint8Array).length
      if (length > MAX_TEXT_BYTES)
        throw new EngineError('CAR_LIMIT', `The text is longer than ${MAX_TEXT_BYTES} bytes, which is the most.`)
    }
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : EngineError.from(error)
  }
  return Buffer.concat(chunks)
}

const MAX_TEXT_BYTES = 1 << 30

/** Runs work on a file that can be read at any position; standard input is put into a temporary one. */
export async function withCarFile<Result>(
  path: string,
  work: (path: string) => Promise<Result>,
  options: { signal?: AbortSignal } = {},
): Promise<Result> {
  if (path !== STDIN) return work(path)
  const folder = await mkdtemp(join(tmpdir(), 'carport-stdin-'))
  try {
    const copy = join(folder, 'stdin.car')
    await pipeline(process.stdin, createWriteStream(copy), { signal: options.signal })
    return await work(copy)
  } catch (error) {
    throw EngineError.from(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
