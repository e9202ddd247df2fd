/**
 * The memory that scans read into, kept for the next one: the parts of a large CAR are scanned one after another, and new
 * memory costs as much as reading into it. One for each thread, since no other can see it.
 */
import { allocateBytes } from '../base/index.ts'

/** Room for a section that is somewhat longer than a read. */
const SLACK_BYTES = 64 * 1024
const MAX_KEPT_BYTES = 3 * 1024 * 1024
const MAX_KEPT = 2

const kept: Uint8Array[] = []

/** Memory of at least `length` bytes, whatever is in it. */
export function takeScanBuffer(length: number): Uint8Array {
  const found = kept.findIndex((buffer) => buffer.length >= length)
  return found < 0 ? allocateBytes(length + SLACK_BYTES) : (kept.splice(found, 1)[0] as Uint8Array)
}

/** For memory that nobody looks at any more. */
export function giveBackScanBuffer(buffer: Uint8Array): void {
  if (buffer.length > 0 && buffer.length <= MAX_KEPT_BYTES && kept.length < MAX_KEPT) kept.push(buffer)
}
