/** Finds the blocks that a CAR links to and does not hold. */

import type { CID } from 'multiformats/cid'
import type { RandomAccessReader } from '../../base/index.ts'
import { copyBytes } from '../bytes.ts'
import type { CarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import { CID_OK, decodeCid, emptyCidSpan, scanCid } from '../cid-span.ts'
import { IndexBuilder, type SortedBucket } from '../index-builder.ts'
import { scanLinks } from '../link-scanner.ts'
import { IDENTITY_CODE, SHA2_256_CODE } from '../multihash.ts'
import { referenceKeyDigests } from '../reference-section.ts'
import { dataOf, type SectionBatch } from '../section-batch.ts'
import { varintLength, writeVarint } from '../varint.ts'
import { missingFrom } from './sorted-records.ts'

export interface MissingBlock {
  multihash: Uint8Array
  /** Payload offset of a section that links to it. */
  source: number
}

/** More missing blocks than this are not told apart. */
const MAX_MISSING = 1_000_000

/**
 * The multihashes that are wanted and not present; those that a reference stands for are not missing. At most a
 * million.
 */
export async function findMissing(
  present: readonly SortedBucket[],
  wanted: readonly SortedBucket[],
  hasReferences: boolean,
): Promise<MissingBlock[]> {
  const missing: MissingBlock[] = []
  for await (const { hashCode, digest, offset } of missingFrom(present, wanted)) {
    missing.push({ multihash: multihashBytes(hashCode, digest), source: offset })
    if (missing.length === MAX_MISSING) break
  }
  return hasReferences ? withoutReferences(present, missing) : missing
}

/** Looks for the keys of the leaves instead: sha2-256 first, then those of old files. */
async function withoutReferences(present: readonly SortedBucket[], missing: MissingBlock[]): Promise<MissingBlock[]> {
  let left = missing
  for (const kind of ['sha256', 'identity'] as const) {
    const keys = new IndexBuilder()
    left.forEach(({ multihash }, i) => {
      const code = kind === 'sha256' ? SHA2_256_CODE : IDENTITY_CODE
      const digest = referenceKeyDigests(multihash)[kind]
      keys.addDigest(code, digest, 0, digest.length, i)
    })
    const still = new Set<number>()
    for await (const { offset } of missingFrom(present, keys.sortedBuckets())) still.add(offset)
    keys.close()
    left = left.filter((_, i) => still.has(i))
  }
  return left
}

/** The CID by which the block at `source` links to a multihash. */
export async function linkTo(
  reader: RandomAccessReader,
  layout: CarLayout,
  { multihash, source }: MissingBlock,
  limits: CarLimits,
): Promise<CID | null> {
  let found: CID | null = null
  for await (const batch of scanCar(reader, layout, { ...limits, from: source, readBytes: 64 * 1024, data: true })) {
    forEachLink(batch, 0, (bytes, start, multihashStart, end) => {
      if (found === null && Buffer.compare(bytes.subarray(multihashStart, end), multihash) === 0)
        found = decodeCid(copyBytes(bytes, start, end))
    })
    break
  }
  return found
}

/** Calls for each link of section `i`, of blocks inside identity CIDs too. */
export function forEachLink(
  batch: SectionBatch,
  i: number,
  onLink: (bytes: Uint8Array, start: number, multihashStart: number, end: number, codec: number) => void,
): void {
  const span = emptyCidSpan()
  const scan = (codec: number, block: Uint8Array): void => {
    const inner: Array<[number, Uint8Array]> = []
    scanLinks(codec, block, (bytes, start, end) => {
      if (scanCid(bytes, start, end, span) !== CID_OK || span.end !== end) return
      if (span.hashCode === IDENTITY_CODE) inner.push([span.codec, bytes.subarray(span.digestStart, end)])
      else onLink(bytes, start, span.multihashStart, end, span.codec)
    })
    for (const [innerCodec, bytes] of inner) scan(innerCodec, bytes)
  }
  scan(batch.codec[i] as number, dataOf(batch, i))
}

function multihashBytes(code: number, digest: Uint8Array): Uint8Array {
  const headLength = varintLength(code) + varintLength(digest.length)
  const bytes = new Uint8Array(headLength + digest.length)
  writeVarint(digest.length, bytes, writeVarint(code, bytes, 0))
  bytes.set(digest, headLength)
  return bytes
}
