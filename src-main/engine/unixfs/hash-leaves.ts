/**
 * The work of the hashing threads: reads parts of files, cuts them into leaves and hashes these. Only digests go back,
 * unless the blocks are asked for. Every part is compared with what the file was when the work was planned, so that a
 * file that changes while it is read cannot give a root that belongs to no state of it.
 */
import { allocateBytes, FileReader, type Task, type TaskContext, throwIfAborted } from '../base/index.ts'
import { computeDigest } from '../car/index.ts'
import { DIGEST_BYTES } from './block-naming.ts'
import { LeafLayout } from './leaf-layout.ts'
import { fileChanged } from './source-errors.ts'

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

const READ_BYTES = 4 * 1024 * 1024
export const hashLeavesTask: Task<HashLeavesInput, HashLeavesOutput> = {
  name: 'unixfs.hashLeaves',
  run: hashLeaves,
  transferOutput: ({ digests, blocks }) =>
    (blocks === null ? [digests] : [digests, blocks]).map((bytes) => bytes.buffer as ArrayBuffer),
}

async function hashLeaves(input: HashLeavesInput, context: TaskContext): Promise<HashLeavesOutput> {
  await computeDigest(input.multihashCode, new Uint8Array(0))
  const hashing = new LeafHashing(input)
  for (const part of input.parts) {
    throwIfAborted(context.signal)
    await hashing.add(part, context.signal)
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

  /** Reads the next 4 MiB while the last are hashed. */
  async add(part: FilePart, signal: AbortSignal): Promise<void> {
    const reader = FileReader.open(part.path)
    try {
      if (reader.size !== part.fileSize || reader.mtimeMs !== part.mtimeMs) throw fileChanged(part.path)
      const blocks = this.#nextBlocks(this.#layout.totalLength(part.length))
      if (blocks === null) await this.#inTurns(part, reader, signal)
      else await this.#into(blocks, part, reader, signal)
    } finally {
      await reader.close()
    }
  }

  /** Into the buffer that is given back. */
  async #into(blocks: Uint8Array, part: FilePart, reader: FileReader, signal: AbortSignal): Promise<void> {
    const { chunkSize } = this.#layout
    await this.#alternate(part, signal, {
      read: (from, to) => {
        const views = this.#layout.contentViews(blocks, part.length, from, to)
        return readViews(reader, views, part.offset + from * chunkSize)
      },
      hash: (from, to) => this.#hash(blocks, part.length, from, to),
    })
  }

  /** Through two buffers that are used over and over. */
  async #inTurns(part: FilePart, reader: FileReader, signal: AbortSignal): Promise<void> {
    const { chunkSize } = this.#layout
    const step = this.#leavesPerRead()
    const even = takeBuffer(this.#layout.blockStart(step))
    const odd = takeBuffer(this.#layout.blockStart(step))
    const bufferOf = (from: number) => ((from / step) % 2 === 0 ? even : odd)
    const lengthOf = (from: number, to: number) => Math.min(to * chunkSize, part.length) - from * chunkSize
    try {
      await this.#alternate(part, signal, {
        read: (from, to) => {
          const views = this.#layout.contentViews(bufferOf(from), lengthOf(from, to), 0, to - from)
          return readViews(reader, views, part.offset + from * chunkSize)
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
  return found ?? allocateBytes(length)
}

function giveBuffer(buffer: Uint8Array): void {
  if (spare.length < SPARE_BUFFERS) spare.push(buffer)
}

async function readViews(reader: FileReader, views: readonly Uint8Array[], position: number): Promise<void> {
  let at = position
  for (const view of views) {
    if ((await reader.readAt(view, at)) < view.length) throw fileChanged(reader.path)
    at += view.length
  }
}
