/** Merges sorted runs of records into one sorted sequence; of equal digests those of the earlier run come first. */
import { allocateBytes } from '../base/index.ts'
import type { Run } from './run-file.ts'

const PIECE_BYTES = 1024 * 1024
/** Enough bytes to tell nearly all digests apart as numbers. */
const PREFIX_BYTES = 6

interface Head {
  /** Which run; the smaller the earlier. */
  rank: number
  run: Run
  piece: Uint8Array
  at: number
  prefix: number
}

/** The merged records in pieces; a piece is valid until the one after the next is asked for. */
export function* mergeRuns(runs: readonly Run[], digestLength: number): Generator<Uint8Array> {
  const width = digestLength + 8
  const heap: Head[] = []
  runs.forEach((run, rank) => {
    const head: Head = { rank, run, piece: new Uint8Array(0), at: 0, prefix: 0 }
    if (advance(head, width, digestLength)) heap.push(head)
  })
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i, digestLength)
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / width)) * width
  const pieces = [allocateBytes(pieceBytes), allocateBytes(pieceBytes)] as const
  let turn: 0 | 1 = 0
  let filled = 0
  while (heap.length > 0) {
    const head = heap[0] as Head
    const out = pieces[turn]
    for (let i = 0; i < width; i++) out[filled + i] = head.piece[head.at + i] as number
    filled += width
    if (filled === pieceBytes) {
      yield out
      turn = turn === 0 ? 1 : 0
      filled = 0
    }
    head.at += width
    if (!advance(head, width, digestLength)) {
      const last = heap.pop() as Head
      if (heap.length === 0) break
      heap[0] = last
    }
    siftDown(heap, 0, digestLength)
  }
  if (filled > 0) yield pieces[turn].subarray(0, filled)
}

/** Makes the head's current record ready; false at the end of its run. */
function advance(head: Head, width: number, digestLength: number): boolean {
  if (head.at + width > head.piece.length) {
    const next = head.run.next()
    if (next.done === true) return false
    head.piece = next.value
    head.at = 0
  }
  let prefix = 0
  for (let i = 0; i < PREFIX_BYTES; i++)
    prefix = prefix * 256 + (i < digestLength ? (head.piece[head.at + i] as number) : 0)
  head.prefix = prefix
  return true
}

function siftDown(heap: Head[], from: number, digestLength: number): void {
  const moving = heap[from]
  if (moving === undefined) return
  let at = from
  for (;;) {
    let child = at * 2 + 1
    const left = heap[child]
    if (left === undefined) break
    const right = heap[child + 1]
    let least = left
    if (right !== undefined && comesBefore(right, left, digestLength)) {
      least = right
      child++
    }
    if (!comesBefore(least, moving, digestLength)) break
    heap[at] = least
    at = child
  }
  heap[at] = moving
}

function comesBefore(a: Head, b: Head, digestLength: number): boolean {
  if (a.prefix !== b.prefix) return a.prefix < b.prefix
  for (let i = PREFIX_BYTES; i < digestLength; i++) {
    const difference = (a.piece[a.at + i] as number) - (b.piece[b.at + i] as number)
    if (difference !== 0) return difference < 0
  }
  return a.rank < b.rank
}
