import { FileReader, type RandomAccessReader, type Task, type TaskRunner } from '../base/index.ts'
import { type CarIndex, type IndexRecords, openCarIndex, readU64 } from '../car/index.ts'
import type { IndexPage } from './dagstore-ports.ts'
import type { IndexRepo } from './index-repo/index-repo.ts'
import { multihashHex } from './multihashes.ts'

export interface IndexPageInput {
  path: string
  from: number
  limit: number
}

/** A page of an index sorted by offset, in a worker: an index is sorted by digest, and may be large. */
export const indexPageTask: Task<IndexPageInput, IndexPage> = {
  name: 'dagstore.indexPage',
  async run({ path, from, limit }, { signal }) {
    const reader: RandomAccessReader = FileReader.open(path)
    try {
      return await indexPage(await openCarIndex(reader, undefined, { signal }), from, limit, signal)
    } finally {
      await reader.close()
    }
  },
}

/** A page of the index of a shard. INDEX_MISSING, INDEX_INVALID. */
export async function indexPageOf(
  key: string,
  { from, limit, signal }: { from: number; limit: number; signal?: AbortSignal },
  { repo, tasks }: { repo: IndexRepo; tasks: TaskRunner },
): Promise<IndexPage> {
  const index = await repo.get(key) // says what is wrong with it
  try {
    const path = (await repo.stat(key))?.path ?? null
    if (path === null) return await indexPage(index, from, limit, signal)
    return await tasks.run(indexPageTask, { path, from, limit }, { signal })
  } finally {
    await index.close()
  }
}

/**
 * Goes over the index twice: once to find between which offsets the page lies, once to pick its records. In between
 * only the offsets are in memory, 8 bytes for each record.
 */
async function indexPage(index: CarIndex, from: number, limit: number, signal?: AbortSignal): Promise<IndexPage> {
  const total = index.recordCount
  const offsets = new Float64Array(total)
  let filled = 0
  for await (const records of index.batches(signal))
    for (let i = 0; i < records.count; i++) offsets[filled++] = offsetOf(records, i)
  offsets.sort()
  const first = offsets[from]
  const last = offsets[Math.min(from + limit, total) - 1]
  if (first === undefined || last === undefined) return { entries: [], total }
  const before = lowerBound(offsets, first)
  const entries = await pick(index, first, last, signal)
  return { entries: entries.slice(from - before, from - before + limit), total }
}

async function pick(
  index: CarIndex,
  first: number,
  last: number,
  signal: AbortSignal | undefined,
): Promise<IndexPage['entries']> {
  const entries: IndexPage['entries'] = []
  for await (const records of index.batches(signal)) {
    for (let i = 0; i < records.count; i++) {
      const offset = offsetOf(records, i)
      if (offset >= first && offset <= last) entries.push({ multihash: multihashOf(records, i), offset })
    }
  }
  return entries.sort((a, b) => a.offset - b.offset)
}

function offsetOf({ bytes, digestLength }: IndexRecords, i: number): number {
  return readU64(bytes, i * (digestLength + 8) + digestLength)
}

function multihashOf({ hashCode, digestLength, bytes }: IndexRecords, i: number): string {
  const from = i * (digestLength + 8)
  return multihashHex(hashCode, bytes.subarray(from, from + digestLength))
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
