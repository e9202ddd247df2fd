import type { Task } from '../../base/index.ts'
import { POSTING_WORDS, type PostingSecret } from './posting-key.ts'
import { sortedPostings } from './posting-order.ts'
import { type PostingCounts, SegmentWriter } from './segment-writer.ts'

export interface WriteSegmentInput {
  path: string
  /** In shared memory: it is read while others look keys up in it. Postings of a shard mostly lie together. */
  postings: Uint32Array
  secret: PostingSecret
}

/** Sorts postings and writes them as a segment, in a worker. */
export const writeSegmentTask: Task<WriteSegmentInput, null> = {
  name: 'dagstore.writeSegment',
  async run({ path, postings, secret }) {
    const sorted = sortedPostings(postings)
    const writer = new SegmentWriter(path, secret)
    try {
      writer.append(sorted)
      await writer.finish(countsOf(postings))
    } catch (error) {
      writer.discard()
      throw error
    }
    return null
  },
}

function countsOf(postings: Uint32Array): PostingCounts {
  const counts = new Map<number, number>()
  for (let at = POSTING_WORDS - 1; at < postings.length; ) {
    const number = postings[at] as number
    const first = at
    while (at < postings.length && postings[at] === number) at += POSTING_WORDS
    counts.set(number, (counts.get(number) ?? 0) + (at - first) / POSTING_WORDS)
  }
  const sorted = [...counts].sort(([a], [b]) => a - b)
  return { numbers: Uint32Array.from(sorted, ([number]) => number), counts: Uint32Array.from(sorted, ([, n]) => n) }
}
