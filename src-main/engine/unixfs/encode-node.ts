/**
 * dag-pb nodes of UnixFS, written by hand: thirty times as fast as the general encoder, and the builders can append to
 * a node instead of holding its links as objects. Field order is that of go-merkledag: links, then data.
 */
import { varintLength, writeVarint } from '../car/index.ts'
import type { ByteWriter } from './byte-writer.ts'

const FILE = 2
const HAMT = 5
const SYMLINK = 4
const MURMUR3_X64_64 = 0x22
export const HAMT_FANOUT = 256

/** A folder's data: UnixFS {type: directory}. */
export const DIRECTORY_DATA = Uint8Array.of(0x08, 0x01)

/** Bytes that `appendLink` writes. */
export function linkLength(cidLength: number, nameLength: number, tsize: number): number {
  const inner = innerLinkLength(cidLength, nameLength, tsize)
  return 1 + varintLength(inner) + inner
}

/** PBLink {Hash, Name, Tsize}; an empty name is written too, as Go does. */
export function appendLink(into: ByteWriter, cid: Uint8Array, name: Uint8Array, tsize: number): void {
  into.byte(0x12)
  into.varint(innerLinkLength(cid.length, name.length, tsize))
  into.byte(0x0a)
  into.varint(cid.length)
  into.bytes(cid)
  into.byte(0x12)
  into.varint(name.length)
  into.bytes(name)
  into.byte(0x18)
  into.varint(tsize)
}

/** A node from its links, encoded by `appendLink`, and its data. */
export function encodeNode(links: Uint8Array, data: Uint8Array): Uint8Array {
  const dataLengthBytes = varintLength(data.length)
  const node = new Uint8Array(links.length + 1 + dataLengthBytes + data.length)
  node.set(links)
  node[links.length] = 0x0a
  writeVarint(data.length, node, links.length + 1)
  node.set(data, links.length + 1 + dataLengthBytes)
  return node
}

export function nodeLength(linksLength: number, dataLength: number): number {
  return linksLength + 1 + varintLength(dataLength) + dataLength
}

/** UnixFS {type: file, filesize, blocksizes}; `blockSizes` holds the fields `appendBlockSize` wrote. */
export function appendFileData(into: ByteWriter, fileSize: number, blockSizes: Uint8Array): void {
  into.byte(0x08)
  into.byte(FILE)
  into.byte(0x18)
  into.varint(fileSize)
  into.bytes(blockSizes)
}

export function appendBlockSize(into: ByteWriter, size: number): void {
  into.byte(0x20)
  into.varint(size)
}

/** UnixFS {type: symlink, data: target}. */
export function encodeSymlink(target: Uint8Array): Uint8Array {
  const head = 3 + varintLength(target.length)
  const data = new Uint8Array(head + target.length)
  data.set([0x08, SYMLINK, 0x12])
  writeVarint(target.length, data, 3)
  data.set(target, head)
  return encodeNode(new Uint8Array(0), data)
}

/** UnixFS {type: HAMT shard, data: bitfield, hashType: murmur3-x64-64, fanout: 256}. */
export function hamtData(bitfield: Uint8Array): Uint8Array {
  const head = 3 + varintLength(bitfield.length)
  const data = new Uint8Array(head + bitfield.length + 5)
  data.set([0x08, HAMT, 0x12])
  writeVarint(bitfield.length, data, 3)
  data.set(bitfield, head)
  data.set([0x28, MURMUR3_X64_64, 0x30, (HAMT_FANOUT & 0x7f) | 0x80, HAMT_FANOUT >> 7], head + bitfield.length)
  return data
}

/**
 * The frame of a leaf. A raw leaf is its content; otherwise the content stands between a head and a tail that make it
 * a dag-pb node with UnixFS {type: file, data, filesize}.
 */
export interface LeafFrame {
  head: Uint8Array
  tail: Uint8Array
}

const RAW_FRAME: LeafFrame = { head: new Uint8Array(0), tail: new Uint8Array(0) }

export function leafFrame(raw: boolean, contentSize: number): LeafFrame {
  if (raw) return RAW_FRAME
  const sizeBytes = varintLength(contentSize)
  const tail = new Uint8Array(1 + sizeBytes)
  tail[0] = 0x18
  writeVarint(contentSize, tail, 1)
  const dataField = contentSize === 0 ? 0 : 1 + sizeBytes
  const dataLength = 2 + dataField + contentSize + tail.length
  const start = 1 + varintLength(dataLength)
  const head = new Uint8Array(start + 2 + dataField)
  head[0] = 0x0a
  writeVarint(dataLength, head, 1)
  head.set([0x08, FILE], start)
  if (dataField > 0) {
    head[start + 2] = 0x12
    writeVarint(contentSize, head, start + 3)
  }
  return { head, tail }
}

function innerLinkLength(cidLength: number, nameLength: number, tsize: number): number {
  return 3 + varintLength(cidLength) + cidLength + varintLength(nameLength) + nameLength + varintLength(tsize)
}
