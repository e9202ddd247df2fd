import { createHash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { EngineError } from '../../base/index.ts'
import { encodeCarHeader, sectionHead } from '../../car/index.ts'
import { pieceCidFromDigest } from '../../commp/index.ts'

/** A CAR for tests, with its blocks, and a piece CID made up for it. */
export interface TestCar {
  pieceCid: CID
  /** The piece CID as text: the usual shard key. */
  key: string
  bytes: Uint8Array
  blocks: Array<{ cid: CID; bytes: Uint8Array }>
  /** CID of the n-th block. */
  cid(n: number): CID
}

/** Raw block of some text. */
export function rawBlock(text: string | Uint8Array): { cid: CID; bytes: Uint8Array } {
  const bytes = Buffer.from(text)
  return { cid: CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(bytes).digest())), bytes }
}

/** A CARv1 of `count` small blocks that differ from those of every other name, and of the blocks given besides. */
export function testCar(name: string, count = 3, also: Array<{ cid: CID; bytes: Uint8Array }> = []): TestCar {
  const blocks = [...Array.from({ length: count }, (_, i) => rawBlock(`${name} block ${i}`)), ...also]
  const bytes = encodeTestCar(blocks)
  const pieceCid = pieceCidFromDigest(fakeCommitment(name))
  const cid = (n: number) => {
    const block = blocks[n]
    if (block === undefined) throw new EngineError('INTERNAL', `This CAR has no block ${n}.`)
    return block.cid
  }
  return { pieceCid, key: pieceCid.toString(), bytes, blocks, cid }
}

export function encodeTestCar(blocks: Array<{ cid: CID; bytes: Uint8Array }>): Uint8Array {
  const roots = blocks[0] === undefined ? [] : [blocks[0].cid]
  return Buffer.concat([
    encodeCarHeader(roots),
    ...blocks.flatMap(({ cid, bytes }) => [sectionHead(cid, bytes.length), bytes]),
  ])
}

function fakeCommitment(name: string): Uint8Array {
  const digest = createHash('sha256').update(name).digest()
  digest[31] = (digest[31] ?? 0) & 0x3f
  return digest
}
