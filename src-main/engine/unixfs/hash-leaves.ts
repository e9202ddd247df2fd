/**
 * The work of the hashing threads: reads parts of files, cuts them into leaves and hashes these. Only digests go back,
 * unless the blocks are asked for. Every part is compared with what the file was when the work was planned, so that a
 * file that changes while it is read cannot give a root that belongs to no state of it.
 */
import {
  closeSync,
  close as closeWithCallback,
  fstat,
  fstatSync,
  openSync,
  open as openWithCallback,
  read,
  readSync,
  type Stats,
} from 'node:fs'
import { promisify } from 'node:util'
import { EngineError, fromErrno, isErrnoException, type Task, type TaskContext, throwIfAborted } from '../base/index.ts'
import { computeDigest } from '../car/index.ts'
import { DIGEST_BYTES } from './block-naming.ts'
import { LeafLayout } from './leaf-layout.ts'

/** A part of a file, or all of it. */
export interface FilePart {
  path: string
  /** What the file must be. */
  fileSize: number
  mtimeMs: number
  /** A multiple of the chunk size. */
  offset: number
  length: number
}

export interface HashLeavesInput {
  parts: FilePart[]
  chunkSize: number
  rawLeaves: boolean
  multihashCode: number
  /** Give the blocks back. */
  keepBlocks: boolean
  /** Give blocks back that are no longer than this: they go into their CIDs. */
  inlineLimit: number
}

export interface HashLeavesOutput {
  /** 32 bytes for each leaf, part after part. */
  digests: Uint8Array
  /** With `keepBlocks`: the blocks of all parts, one after another. */
  blocks: Uint8Array | null
  /** The blocks that are inlined, in the order of the leaves; their digests are left zero. */
  inlined: Uint8Array[]
}

/** A part up to this length is read at once, without leaving the thread: most of its time is in open and close. */
const SMALL_BYTES = 256 * 1024
const READ_BYTES = 4 * 1024 * 1024
/** Small files between two looks at whether the caller still wants the result. */
const SMALL_PER_TURN = 64

export const hashLeavesTask: Task<HashLeavesInput, HashLeavesOutput> = {
  name: 'unixfs.hashLeaves',
  run: hashLeaves,
  transferOutput: ({ digests, blocks }) =>
    (blocks === null ? [digests] : [digests, blocks]).map((bytes) => bytes.buffer as ArrayBuffer),
}

async function hashLeaves(input: HashLeavesInput, context: TaskContext): Promise<HashLeavesOutput> {
  await computeDigest(input.multihashCode, new Uint8Array(0))
  const hashing = new LeafHashing(input)
  for (const [index, part] of input.parts.entries()) {
    throwIfAborted(context.signal)
    if (part.length > SMALL_BYTES) await hashing.large(part, context.signal)
    else hashing.small(part)
    if (index % SMALL_PER_TURN === SMALL_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return hashing.output
}

/** Both take leaves `from` up to, not including, `to`. */
interface LeafSteps {
  read(from: number, to: number): Promise<void>
  hash(from: number, to: number): void
}

class LeafHashing {
  readonly output: HashLeavesOutput
  readonly #input: HashLeavesInput
  readonly #layout: LeafLayout
  /** Leaves hashed so far, and bytes of `output.blocks` filled so far. */
  #leaf = 0
  #filled = 0

  constructor(input: HashLeavesInput) {
    this.#input = input
    this.#layout = new LeafLayout(input.chunkSize, input.rawLeaves)
    const leaves = input.parts.reduce((sum, part) => sum + this.#layout.leafCount(part.length), 0)
    const blockBytes = input.parts.reduce((sum, part) => sum + this.#layout.totalLength(part.length), 0)
    this.output = {
      digests: new Uint8Array(leaves * DIGEST_BYTES),
      blocks: input.keepBlocks ? new Uint8Array(blockBytes) : null,
      inlined: [],
    }
  }

  small(part: FilePart): void {
    const fd = attempt(part.path, () => openSync(part.path, 'r'))
    const length = this.#layout.totalLength(part.length)
    const blocks = this.#nextBlocks(length) ?? takeBuffer(length)
    try {
      const leaves = this.#layout.leafCount(part.length)
      let position = part.offset
      for (const view of this.#layout.contentViews(blocks, part.length, 0, leaves)) {
        readWholeSync(fd, view, position, part.path)
        position += view.length
      }
      checkUnchanged(
        part,
        attempt(part.path, () => fstatSync(fd)),
      )
      this.#hash(blocks, part.length, 0, leaves)
    } finally {
      closeSync(fd)
      if (!this.#input.keepBlocks) giveBuffer(blocks)
    }
  }

  /** Reads the next 4 MiB while the last are hashed. */
  async large(part: FilePart, signal: AbortSignal): Promise<void> {
    const fd = await openFile(part.path)
    try {
      const blocks = this.#nextBlocks(this.#layout.totalLength(part.length))
      if (blocks === null) await this.#largeInTurns(part, fd, signal)
      else await this.#largeInto(blocks, part, fd, signal)
      checkUnchanged(part, await statFile(fd, part.path))
    } finally {
      await closeFile(fd)
    }
  }

  /** Into the buffer that is given back. */
  async #largeInto(blocks: Uint8Array, part: FilePart, fd: number, signal: AbortSignal): Promise<void> {
    const { chunkSize } = this.#layout
    await this.#alternate(part, signal, {
      read: (from, to) => {
        const views = this.#layout.contentViews(blocks, part.length, from, to)
        return readViews(fd, views, part.offset + from * chunkSize, part.path)
      },
      hash: (from, to) => this.#hash(blocks, part.length, from, to),
    })
  }

  /** Through two buffers that are used over and over. */
  async #largeInTurns(part: FilePart, fd: number, signal: AbortSignal): Promise<void> {
    const { chunkSize } = this.#layout
    const bufferLength = this.#layout.blockStart(this.#leavesPerRead())
    const even = takeBuffer(bufferLength)
    const odd = takeBuffer(bufferLength)
    const bufferOf = (from: number) => ((from / this.#leavesPerRead()) % 2 === 0 ? even : odd)
    const lengthOf = (from: number, to: number) => Math.min(to * chunkSize, part.length) - from * chunkSize
    try {
      await this.#alternate(part, signal, {
        read: (from, to) => {
          const views = this.#layout.contentViews(bufferOf(from), lengthOf(from, to), 0, to - from)
          return readViews(fd, views, part.offset + from * chunkSize, part.path)
        },
        hash: (from, to) => this.#hash(bufferOf(from), lengthOf(from, to), 0, to - from),
      })
    } finally {
      giveBuffer(even)
      giveBuffer(odd)
    }
  }

  async #alternate(part: FilePart, signal: AbortSignal, leaves: LeafSteps): Promise<void> {
    const count = this.#layout.leafCount(part.length)
    const step = this.#leavesPerRead()
    const endOf = (from: number) => Math.min(count, from + step)
    let reading = leaves.read(0, endOf(0))
    try {
      for (let from = 0; from < count; from += step) {
        await reading
        throwIfAborted(signal)
        const next = endOf(from)
        if (next < count) reading = leaves.read(next, endOf(next))
        leaves.hash(from, next)
      }
    } finally {
      await reading.catch(() => {}) // the buffer and the descriptor are its own until it ends
    }
  }

  /** The next `length` bytes of the blocks to give back; null where none are wanted. */
  #nextBlocks(length: number): Uint8Array | null {
    if (this.output.blocks === null) return null
    this.#filled += length
    return this.output.blocks.subarray(this.#filled - length, this.#filled)
  }

  #hash(blocks: Uint8Array, length: number, from: number, to: number): void {
    const { digests, inlined } = this.output
    for (let index = from; index < to; index++) {
      const block = this.#layout.seal(blocks, length, index)
      if (block.length <= this.#input.inlineLimit) inlined.push(block.slice())
      else digests.set(computeDigest(this.#input.multihashCode, block) as Uint8Array, this.#leaf * DIGEST_BYTES)
      this.#leaf++
    }
  }

  #leavesPerRead(): number {
    return Math.max(1, Math.floor(READ_BYTES / this.#layout.chunkSize))
  }
}

/** Buffers of this thread that are not in use. A page once touched need not be zeroed by the kernel again. */
const spare: Uint8Array[] = []
const SPARE_BUFFERS = 4

function takeBuffer(length: number): Uint8Array {
  const at = spare.findIndex((buffer) => buffer.length >= length)
  const found = at < 0 ? undefined : spare.splice(at, 1)[0]
  return found ?? new Uint8Array(Math.max(length, SMALL_BYTES))
}

function giveBuffer(buffer: Uint8Array): void {
  if (spare.length < SPARE_BUFFERS) spare.push(buffer)
}

function checkUnchanged(part: FilePart, now: Stats): void {
  if (now.size !== part.fileSize || now.mtimeMs !== part.mtimeMs) throw fileChanged(part.path)
}

export function fileChanged(path: string): EngineError {
  return new EngineError(
    'FILE_CHANGED',
    `${path} changed while it was read. Nothing was kept: try again when no other program writes to it.`,
    { details: { path } },
  )
}

function readWholeSync(fd: number, into: Uint8Array, position: number, path: string): void {
  let done = 0
  while (done < into.length) {
    const n = attempt(path, () => readSync(fd, into, done, into.length - done, position + done))
    if (n === 0) throw fileChanged(path)
    done += n
  }
}

async function readViews(fd: number, views: readonly Uint8Array[], position: number, path: string): Promise<void> {
  let at = position
  for (const view of views) {
    await readWhole(fd, view, at, path)
    at += view.length
  }
}

async function readWhole(fd: number, into: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0
  while (done < into.length) {
    const n = await readOnce(fd, into, done, position + done, path)
    if (n === 0) throw fileChanged(path)
    done += n
  }
}

function readOnce(fd: number, into: Uint8Array, done: number, position: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, done, into.length - done, position, (error, n) => {
      if (error === null) resolve(n)
      else reject(fromErrno(error, path))
    })
  })
}

const openPromise = promisify(openWithCallback)
const closeFile = promisify(closeWithCallback)
const statPromise = promisify(fstat)

async function openFile(path: string): Promise<number> {
  return openPromise(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw fromErrno(error, path)
  })
}

async function statFile(fd: number, path: string): Promise<Stats> {
  return statPromise(fd).catch((error: NodeJS.ErrnoException) => {
    throw fromErrno(error, path)
  })
}

function attempt<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw isErrnoException(error) ? fromErrno(error, path) : error
  }
}
