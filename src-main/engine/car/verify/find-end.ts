/**
 * Finds where the sections of a CAR end when its header does not say: a file that was never finalized, or one that is
 * damaged. Spec: car-formats 7.2.
 */
import { EngineError, type RandomAccessReader } from '../../base/index.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from '../car-index.ts'
import type { CarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { type CarScan, scanCar } from '../car-scan.ts'
import { buildIndex } from '../generate-index.ts'
import { countZeros } from '../ops/count-zeros.ts'
import type { SectionBatch } from '../section-batch.ts'
import { isSameIndex } from './compare-index.ts'

/** What lies between the last whole section and the end of the payload. */
export type Leftover = 'nothing' | 'zeros' | 'index' | 'torn'

export interface PayloadEnd {
  /** From the start of the payload. */
  offset: number
  leftover: Leftover
  /** What a reader stumbles over there; null for nothing and for zeros that may be there. */
  damage: EngineError | null
}

export async function findPayloadEnd(
  reader: RandomAccessReader,
  layout: CarLayout,
  options: CarLimits & { signal?: AbortSignal } = {},
): Promise<PayloadEnd> {
  const scan = scanCar(reader, layout, options)
  try {
    const index = layout.finalized ? null : await firstIndex(reader, layout, scan, options)
    if (index !== null) return { offset: index, leftover: 'index', damage: null }
    for await (const _ of scan) {
      // only the end is wanted
    }
  } catch (error) {
    if (!isDamage(error)) throw error
    return await leftoverAt(reader, layout, scan.position, error, options)
  }
  const offset = scan.end?.offset ?? layout.payloadSize
  return { offset, leftover: offset < layout.payloadSize ? 'zeros' : 'nothing', damage: null }
}

export function isDamage(error: unknown): error is EngineError {
  return (
    EngineError.is(error, 'CAR_INVALID') || EngineError.is(error, 'CAR_TRUNCATED') || EngineError.is(error, 'CAR_LIMIT')
  )
}

async function leftoverAt(
  reader: RandomAccessReader,
  layout: CarLayout,
  offset: number,
  damage: EngineError,
  options: CarLimits & { signal?: AbortSignal },
): Promise<PayloadEnd> {
  const from = layout.payloadOffset + offset
  const to = layout.payloadOffset + layout.payloadSize
  const zeros = await countZeros(reader, from, to, options.signal)
  if (zeros > 0 && from + zeros === to) return { offset, leftover: 'zeros', damage }
  if (!layout.finalized && (await isIndexAt(reader, layout, offset, offset + zeros, options)))
    return { offset, leftover: 'index', damage: null }
  return { offset, leftover: 'torn', damage }
}

/** Offset of the first section that is no section but the index an interrupted writer left; null when there is none. */
async function firstIndex(
  reader: RandomAccessReader,
  layout: CarLayout,
  scan: CarScan,
  options: CarLimits & { signal?: AbortSignal },
): Promise<number | null> {
  for await (const batch of scan) {
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.sectionOffset[i] as number
      if (looksLikeIndex(batch, i) && (await isIndexAt(reader, layout, offset, offset, options))) return offset
    }
  }
  return null
}

/** The codec varint of an index is also a length, and its count the start of an odd CID: identity, of no bytes. */
function looksLikeIndex(batch: SectionBatch, i: number): boolean {
  const cid = batch.cidStart[i] as number
  const { bytes } = batch
  return bytes[cid - 1] === 0x08 && ((bytes[cid - 2] as number) & 0xfe) === 0x80 && bytes[cid + 1] === 0
}

/** Whether the file goes on at `indexAt` with the index of the sections up to `end`, or with the start of it. */
async function isIndexAt(
  reader: RandomAccessReader,
  layout: CarLayout,
  end: number,
  indexAt: number,
  options: CarLimits & { signal?: AbortSignal },
): Promise<boolean> {
  const position = layout.payloadOffset + indexAt
  const head = new Uint8Array(Math.min(6, reader.size - position))
  await reader.readAt(head, position)
  const codec = codecAt(head)
  if (codec === null) return false
  const rest = reader.size - position
  for (const includeIdentity of [false, true]) {
    const payload = { ...layout, payloadSize: end }
    const { builder } = await buildIndex(reader, payload, { ...options, codec, includeIdentity })
    try {
      if (rest > builder.byteLength) continue
      if (await isSameIndex(reader, position, firstBytes(builder.encode(), rest))) return true
    } finally {
      builder.close()
    }
  }
  return false
}

function codecAt(head: Uint8Array): IndexCodec | null {
  // A count that has more than one byte is not one of hash functions or digest lengths.
  if (head.length < 2 || head[1] !== 0x08 || head.subarray(3).some((byte) => byte !== 0)) return null
  return head[0] === 0x80 ? INDEX_SORTED : head[0] === 0x81 ? MULTIHASH_INDEX_SORTED : null
}

function* firstBytes(pieces: Iterable<Uint8Array>, length: number): Generator<Uint8Array> {
  let left = length
  for (const piece of pieces) {
    if (left === 0) return
    const part = piece.subarray(0, left)
    left -= part.length
    yield part
  }
}
