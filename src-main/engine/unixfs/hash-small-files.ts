import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type Task, type TaskContext, throwIfAborted } from '../base/index.ts'
import { computeDigest } from '../car/index.ts'
import { DIGEST_BYTES } from './block-naming.ts'
import { ByteWriter } from './byte-writer.ts'
import type { HashLeavesInput, HashLeavesOutput } from './hash-leaves.ts'
import { LeafLayout } from './leaf-layout.ts'
import { attemptOn, fileChanged, notAFile } from './source-errors.ts'

export interface HashSmallFilesInput extends Omit<HashLeavesInput, 'parts'> {
  /** Paths, each followed by a NUL: one string crosses threads faster than many. */
  paths: string
  /** Files up to this many bytes are hashed, as one leaf each; of larger ones only the size is found. */
  smallBytes: number
}

export interface HashSmallFilesOutput extends HashLeavesOutput {
  /** Of every file, small or not. Digests, blocks and inlined are those of the small ones, in order. */
  sizes: Float64Array
  mtimesMs: Float64Array
}

/**
 * Sizes files and hashes the small ones. Most of the time of a small file goes into opening it: this opens it once,
 * and no one asked for its size before.
 */
export const hashSmallFilesTask: Task<HashSmallFilesInput, HashSmallFilesOutput> = {
  name: 'unixfs.hashSmallFiles',
  run: hashSmallFiles,
  transferOutput: ({ digests, blocks, sizes, mtimesMs }) =>
    [digests, sizes, mtimesMs, ...(blocks === null ? [] : [blocks])].map((array) => array.buffer as ArrayBuffer),
}

const FILES_PER_TURN = 64
/** A file that becomes a symbolic link after it was listed is not followed. Windows has no such flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)

async function hashSmallFiles(input: HashSmallFilesInput, context: TaskContext): Promise<HashSmallFilesOutput> {
  await computeDigest(input.multihashCode, new Uint8Array(0))
  const paths = input.paths.split('\0')
  paths.pop()
  const hashing = new SmallHashing(input, paths.length)
  for (const [index, path] of paths.entries()) {
    hashing.add(index, path)
    if (index % FILES_PER_TURN !== FILES_PER_TURN - 1) continue
    await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(context.signal)
  }
  return hashing.output()
}

class SmallHashing {
  readonly #input: HashSmallFilesInput
  readonly #layout: LeafLayout
  readonly #sizes: Float64Array
  readonly #mtimesMs: Float64Array
  readonly #digests: Uint8Array
  readonly #blocks: ByteWriter | null
  readonly #inlined: Uint8Array[] = []
  readonly #buffer: Uint8Array
  #hashed = 0

  constructor(input: HashSmallFilesInput, count: number) {
    this.#input = input
    this.#layout = new LeafLayout(input.chunkSize, input.rawLeaves)
    this.#sizes = new Float64Array(count)
    this.#mtimesMs = new Float64Array(count)
    this.#digests = new Uint8Array(count * DIGEST_BYTES)
    this.#blocks = input.keepBlocks ? new ByteWriter() : null
    this.#buffer = scratch(this.#layout.totalLength(input.smallBytes) + 1)
  }

  add(index: number, path: string): void {
    const fd = attemptOn(path, () => openSync(path, OPEN_FLAGS))
    try {
      const found = attemptOn(path, () => fstatSync(fd))
      if (!found.isFile()) throw notAFile(path, 'no longer a regular file')
      this.#sizes[index] = found.size
      this.#mtimesMs[index] = found.mtimeMs
      if (found.size <= this.#input.smallBytes) this.#hash(this.#read(fd, found.size, path))
    } finally {
      closeSync(fd)
    }
  }

  output(): HashSmallFilesOutput {
    return {
      sizes: this.#sizes,
      mtimesMs: this.#mtimesMs,
      digests: this.#digests.slice(0, this.#hashed * DIGEST_BYTES),
      blocks: this.#blocks?.copy() ?? null,
      inlined: this.#inlined,
    }
  }

  /** The block of a file's only leaf. One byte more is asked for than the file should have, to see that it has not grown. */
  #read(fd: number, size: number, path: string): Uint8Array {
    const start = this.#layout.frame(size).head.length
    let done = 0
    while (done <= size) {
      const n = attemptOn(path, () => readSync(fd, this.#buffer, start + done, size + 1 - done, done))
      if (n === 0) break
      done += n
    }
    if (done !== size) throw fileChanged(path)
    return this.#layout.seal(this.#buffer, size, 0)
  }

  #hash(block: Uint8Array): void {
    if (block.length <= this.#input.inlineLimit) this.#inlined.push(block.slice())
    else this.#digests.set(computeDigest(this.#input.multihashCode, block) as Uint8Array, this.#hashed * DIGEST_BYTES)
    this.#blocks?.bytes(block)
    this.#hashed++
  }
}

/** One buffer for each thread: nothing is awaited between filling it and hashing it. */
let buffer = new Uint8Array(0)

function scratch(length: number): Uint8Array {
  if (buffer.length < length) buffer = new Uint8Array(length)
  return buffer
}
