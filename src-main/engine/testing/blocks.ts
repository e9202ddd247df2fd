import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { computeDigest } from '../car/index.ts'

/** Blocks for tests, as the generated CAR fixtures hold them. */

export interface TestBlock {
  cid: CID
  bytes: Uint8Array
}

const RAW = 0x55

/** A raw block with a CIDv1. Default hash sha2-256. */
export async function rawBlock(content: string | Uint8Array, hashCode = 0x12): Promise<TestBlock> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { cid: CID.createV1(RAW, createDigest(hashCode, await computeDigest(hashCode, bytes))), bytes }
}

/** A raw block whose CID holds its bytes. */
export function identityBlock(content: string): TestBlock {
  const bytes = new TextEncoder().encode(content)
  return { cid: CID.createV1(RAW, createDigest(0, bytes)), bytes }
}

/** `block-0000`, `block-0001`, … */
export function numberedBlock(i: number, hashCode?: number): Promise<TestBlock> {
  return rawBlock(`block-${String(i).padStart(4, '0')}`, hashCode)
}

/** The first `count` numbered blocks. */
export async function numberedBlocks(count: number): Promise<TestBlock[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => numberedBlock(i)))
}
