/** Block sections: varint(CID length + data length), CID, data. */
import type { CID } from 'multiformats/cid'
import { varintLength, writeVarint } from './varint.ts'

/** The bytes in front of a block's data: length varint and CID. */
export function sectionHead(cid: CID, dataLength: number): Uint8Array {
  const bytes = cid.bytes
  const length = bytes.length + dataLength
  const head = new Uint8Array(varintLength(length) + bytes.length)
  head.set(bytes, writeVarint(length, head, 0))
  return head
}

/** Bytes a whole section takes, length varint included. */
export function sectionSize(cidLength: number, dataLength: number): number {
  return varintLength(cidLength + dataLength) + cidLength + dataLength
}
