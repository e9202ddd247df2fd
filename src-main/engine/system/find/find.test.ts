import { bases } from 'multiformats/basics'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import type { DealView, ImportView, PieceView, ShardView } from '../../../../src-shared/contract/index.ts'
import type { DagSource } from '../../blockstore/index.ts'
import { pieceCidFromDigest, pieceCidV2From } from '../../commp/index.ts'
import { type FindSources, find } from './find.ts'
import { readText } from './read-text.ts'

const sha = (fill: number) => Digest.create(0x12, new Uint8Array(32).fill(fill))
const root = CID.createV1(0x70, sha(1))
const block = CID.createV1(0x55, sha(2))
const shared = CID.createV1(0x55, sha(3))
const commitment = new Uint8Array(32).fill(7)
const piece = pieceCidFromDigest(commitment)
const pieceV2 = pieceCidV2From(commitment, 1 << 20) ?? piece
const DEAL = '019c5ea9-7e29-7000-8000-1234567890ab'

const importRow = {
  id: '12',
  root: root.toString(),
  source: '/srv/film.mp4',
  sizeBytes: 5,
  state: 'ready',
  problem: null,
}
const dealRow = {
  dealId: DEAL,
  root: root.toString(),
  pieceCid: piece.toString(),
  role: 'client',
  state: 'active',
  provider: '',
  error: null,
}
const pieceRow = { pieceCid: piece.toString(), pieceCidV2: null, pieceSize: 2 ** 20, path: null, hasShard: true }
const shardRow = { key: piece.toString(), state: 'Available', error: null }

/** Whatever is asked for, the import holds `block` and `shared`, the shard `shared`. */
const dags: DagSource = {
  async open(cid) {
    if (!cid.equals(root)) return null
    const held = [root, block, shared].map((each) => each.multihash.bytes.join())
    const has = async (wanted: CID) => held.includes(wanted.multihash.bytes.join())
    return { blockstore: { has } as never, release: async () => {} }
  },
}
const sources: FindSources = {
  imports: () => [importRow as unknown as ImportView],
  deals: () => [dealRow as unknown as DealView],
  retrievals: () => [],
  pieces: () => [pieceRow as unknown as PieceView],
  shards: () => [shardRow as unknown as ShardView],
  transfers: () => [],
  shardsWithMultihash: async (multihash) =>
    Buffer.compare(multihash, shared.multihash.bytes) === 0 ? [{ key: shardRow.key, state: 'Available' }] : [],
  dags,
  prints: { mayHold: async (paths) => new Set(paths) },
}
const kinds = async (text: string) => (await find(text, sources)).findings.map(({ kind, id }) => `${kind} ${id}`)
const ROOT_FOUND = ['import 12', `deal ${DEAL}`]
const PIECE_FOUND = [`deal ${DEAL}`, `piece ${piece}`, `shard ${piece}`]
const SHARED_FOUND = ['import 12', `block ${piece}`]

describe('finding by CID', () => {
  it('finds a root in either version, in every base, by any codec and by its hash alone', async () => {
    for (const base of Object.values(bases)) {
      if (base.name === 'identity') continue
      expect(await kinds(root.toString(base as never)), base.name).toEqual(ROOT_FOUND)
      expect(await kinds(base.encode(root.multihash.bytes)), base.name).toEqual(ROOT_FOUND)
    }
    for (const text of [
      root.toV0().toString(),
      CID.createV1(0x71, root.multihash).toString(),
      root.toString().toUpperCase(),
      Buffer.from(root.multihash.bytes).toString('hex'),
      `0x${Buffer.from(root.multihash.bytes).toString('hex').toUpperCase()}`,
      Buffer.from(root.bytes).toString('hex'),
      Buffer.from(root.multihash.digest).toString('hex'),
    ])
      expect(await kinds(text), text).toEqual(ROOT_FOUND)
  })

  it('finds it inside an address, a path or a sentence', async () => {
    for (const text of [
      `ipfs://${root}/a/b.txt`,
      `/ipfs/${root}`,
      `https://${root}.ipfs.dweb.link/x?format=car`,
      `http://127.0.0.1:7777/ipfs/${root}#top`,
      ` "${root}",\n`,
      `block was not found locally (offline): ipld: could not find ${root}`,
    ])
      expect(await kinds(text), text).toEqual(ROOT_FOUND)
    expect(await kinds(`${piece} instead of ${root}`)).toEqual(['import 12', ...PIECE_FOUND])
  })

  it('finds a piece by both of its CIDs, a mount and its bare commitment', async () => {
    for (const text of [
      piece.toString(),
      pieceV2.toString(),
      `lotus://${piece}`,
      piece.toString(bases.base58btc as never),
      Buffer.from(commitment).toString('hex'),
    ])
      expect(await kinds(text), text).toEqual(PIECE_FOUND)
  })

  it('finds blocks inside imports and shards, and says which block it was', async () => {
    expect(await kinds(block.toString())).toEqual(['import 12'])
    expect(await kinds(shared.toString())).toEqual(SHARED_FOUND)
    expect(await kinds(CID.createV1(0x70, shared.multihash).toV0().toString())).toEqual(SHARED_FOUND)
    const { findings } = await find(shared.toString(), sources)
    expect(findings.map(({ block: inside, subtitle }) => [inside, subtitle])).toEqual([
      [shared.toString(), 'Import that holds this block'],
      [shared.toString(), 'Block in a shard, Available'],
    ])
  })

  it('says what it took the text for and where it looked, when nothing has it', async () => {
    const { findings, readAs, searched } = await find(CID.createV1(0x55, sha(99)).toString(), sources)
    expect(findings).toEqual([])
    expect(readAs).toEqual(['CIDv1, raw, sha2-256'])
    expect(searched).toEqual([
      '1 import and the blocks in them',
      '1 deal',
      '0 retrievals and the blocks in them',
      '1 piece',
      '1 shard',
      'the indexes of 1 shard',
    ])
  })

  it('does not take every import for the holder of a block that is inside its CID', async () => {
    const identity = CID.createV1(0x55, Digest.create(0, Buffer.from('I am here already')))
    expect(await kinds(identity.toString())).toEqual([])
    expect((await find(identity.toString(), sources)).readAs).toEqual([
      'CIDv1, raw, identity: it holds its 17 bytes itself',
    ])
    const hex = Buffer.from(root.multihash.bytes).toString('hex')
    expect((await find(hex, sources)).readAs).toEqual(['Multihash, sha2-256: a block of any codec'])
    expect((await find(' \n', sources)).findings).toEqual([])
  })
})

describe('finding by other names', () => {
  it('finds ids, whatever their case, and parts of names', async () => {
    expect(await kinds(` ${DEAL.toUpperCase()} `)).toEqual([`deal ${DEAL}`])
    expect(await kinds('12')).toEqual(['import 12'])
    expect(await kinds('FILM')).toEqual(['import 12'])
    expect(await kinds('019c5ea9')).toEqual([`deal ${DEAL}`])
    expect(await kinds('nothing like it')).toEqual([])
  })

  it('takes words for words', () => {
    for (const text of ['film', 'bafy', 'Quartermaster', '/srv/film.mp4', 'not enough space for transients'])
      expect(readText(text), text).toEqual([])
  })
})
