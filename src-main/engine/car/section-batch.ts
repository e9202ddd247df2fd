/**
 * Sections found by a scan, many at a time and as typed arrays: a piece can hold a hundred million of them, and one
 * object for each would cost more than reading them.
 */

import { CID } from 'multiformats/cid'
import { copyBytes } from './bytes.ts'
import { sectionSize } from './section.ts'
import { varintLength } from './varint.ts'

/** Section `i` is described by the i-th entry of every array, for i < count. Valid until the next batch is asked for. */
export interface SectionBatch {
  count: number
  /** What was read of the file; the positions below are indexes into it. */
  bytes: Uint8Array
  /** Of the section's length varint, from the start of the payload. */
  sectionOffset: Float64Array
  codec: Float64Array
  hashCode: Float64Array
  cidStart: Int32Array
  multihashStart: Int32Array
  digestStart: Int32Array
  /** End of the CID, start of the data. */
  dataStart: Int32Array
  dataLength: Float64Array
  /** 1 where all the data is in `bytes`. Always, when the scan was asked for data. */
  dataPresent: Uint8Array
}

export function emptySectionBatch(capacity: number): SectionBatch {
  return {
    count: 0,
    bytes: new Uint8Array(0),
    sectionOffset: new Float64Array(capacity),
    codec: new Float64Array(capacity),
    hashCode: new Float64Array(capacity),
    cidStart: new Int32Array(capacity),
    multihashStart: new Int32Array(capacity),
    digestStart: new Int32Array(capacity),
    dataStart: new Int32Array(capacity),
    dataLength: new Float64Array(capacity),
    dataPresent: new Uint8Array(capacity),
  }
}

/** The CID of section `i`, with bytes of its own. */
export function cidOf(batch: SectionBatch, i: number): CID {
  return CID.decode(copyBytes(batch.bytes, batch.cidStart[i] as number, batch.dataStart[i] as number))
}

/** The multihash of section `i`: a view of the batch's bytes. */
export function multihashOf(batch: SectionBatch, i: number): Uint8Array {
  return batch.bytes.subarray(batch.multihashStart[i], batch.dataStart[i])
}

/** The data of section `i`: a view of the batch's bytes. Only where `dataPresent`. */
export function dataOf(batch: SectionBatch, i: number): Uint8Array {
  const start = batch.dataStart[i] as number
  return batch.bytes.subarray(start, start + (batch.dataLength[i] as number))
}

/** The whole section `i`, length varint included: a view of the batch's bytes. Only where `dataPresent`. */
export function sectionOf(batch: SectionBatch, i: number): Uint8Array {
  const cidStart = batch.cidStart[i] as number
  const end = (batch.dataStart[i] as number) + (batch.dataLength[i] as number)
  return batch.bytes.subarray(cidStart - varintLength(end - cidStart), end)
}

/** Offset of the first byte behind section `i`, from the start of the payload. */
export function sectionEndOf(batch: SectionBatch, i: number): number {
  const cidLength = (batch.dataStart[i] as number) - (batch.cidStart[i] as number)
  return (batch.sectionOffset[i] as number) + sectionSize(cidLength, batch.dataLength[i] as number)
}
