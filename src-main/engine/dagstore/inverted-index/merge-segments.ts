import { type Task, throwIfAborted } from '../../base/index.ts'
import { POSTING_WORDS, type PostingSecret } from './posting-key.ts'
import { compareKeys } from './posting-order.ts'
import { Segment } from './segment.ts'
import { BLOCK_RECORDS } from './segment-format.ts'
import { type PostingCounts, SegmentWriter } from './segment-writer.ts'

export interface MergeSegmentsInput {
  /** Of the segments to be merged. */
  paths: string[]
  /** Of the segment to be written. */
  path: string
  /** Numbers of shards whose postings are left out, ascending. */
  dead: Uint32Array
  secret: PostingSecret
}

/** Merged between two looks at whether the work was cancelled. */
const STEP_RECORDS = 64 * 1024

/**
 * Merges segments into one, in a worker, and says how many postings were left out. They are streamed, a block of each in
 * memory. STORE_CORRUPT, with the path in its details, when one of them is damaged.
 */
export const mergeSegmentsTask: Task<MergeSegmentsInput, number> = {
  name: 'dagstore.mergeSegments',
  async run({ paths, path, dead, secret }, { signal }) {
    const cursors: SegmentCursor[] = []
    const writer = new SegmentWriter(path, secret)
    try {
      for (const each of paths) cursors.push(await SegmentCursor.open(each))
      const counts = mergedCounts(cursors, dead)
      await merge(cursors, writer, bitmapOf(dead), signal)
      await writer.finish(counts)
      return recordsOf(cursors) - counts.counts.reduce((sum, count) => sum + count, 0)
    } catch (error) {
      writer.discard()
      throw error
    } finally {
      for (const cursor of cursors) await cursor.close()
    }
  },
}

async function merge(
  cursors: SegmentCursor[],
  writer: SegmentWriter,
  dead: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const open = cursors.filter((cursor) => !cursor.ended)
  for (let done = 0; open.length > 0; done++) {
    if (done % STEP_RECORDS === 0) await breathe(signal)
    let least = open[0] as SegmentCursor
    for (let i = 1; i < open.length; i++) {
      const other = open[i] as SegmentCursor
      if (compareKeys(other.block, other.at, least.block, least.at) < 0) least = other
    }
    const number = least.block[least.at + POSTING_WORDS - 1] as number
    if (((dead[number >>> 3] ?? 0) & (1 << (number & 7))) === 0) writer.push(least.block, least.at)
    least.next()
    if (least.ended) open.splice(open.indexOf(least), 1)
  }
}

/** Lets the message that cancels get through. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  throwIfAborted(signal)
}

/** Goes through a segment, posting by posting. */
class SegmentCursor {
  readonly segment: Segment
  /** The block it is in, and where in it. */
  block: Uint32Array
  at = 0
  ended = false
  readonly #words = new Uint32Array(BLOCK_RECORDS * POSTING_WORDS)
  #next = 0

  private constructor(segment: Segment) {
    this.segment = segment
    this.block = this.#words
    this.#load()
  }

  static async open(path: string): Promise<SegmentCursor> {
    return new SegmentCursor(await Segment.open(path))
  }

  next(): void {
    this.at += POSTING_WORDS
    if (this.at === this.block.length) this.#load()
  }

  close(): Promise<void> {
    return this.segment.close()
  }

  #load(): void {
    this.ended = this.#next === this.segment.blockCount
    if (this.ended) return
    this.block = this.segment.readBlock(this.#next++, this.#words)
    this.at = 0
  }
}

function mergedCounts(cursors: SegmentCursor[], dead: Uint32Array): PostingCounts {
  const left = new Set(dead)
  const counts = new Map<number, number>()
  for (const { segment } of cursors)
    for (const [i, number] of segment.numbers.entries())
      if (!left.has(number)) counts.set(number, (counts.get(number) ?? 0) + (segment.counts[i] as number))
  const numbers = Uint32Array.from(counts.keys()).sort()
  return { numbers, counts: numbers.map((number) => counts.get(number) ?? 0) }
}

function recordsOf(cursors: SegmentCursor[]): number {
  return cursors.reduce((sum, { segment }) => sum + segment.recordCount, 0)
}

/** A bit for each number. */
function bitmapOf(numbers: Uint32Array): Uint8Array {
  const bits = new Uint8Array(((numbers.at(-1) ?? 0) >>> 3) + 1)
  for (const number of numbers) (bits[number >>> 3] as number) |= 1 << (number & 7)
  return bits
}
