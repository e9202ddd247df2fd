import { createHash } from 'node:crypto'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { identityBlock, rawBlock } from '../testing/blocks.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { content } from './test-kit/dag-content.ts'
import {
  type Behaviour,
  CAR_TYPE,
  cutAfter,
  endless,
  extraBlock,
  flakyGateway,
  lacking,
  largeBlock,
  refusing,
  repeated,
  stallAfter,
  truncated,
  unordered,
  wrongBytes,
} from './test-kit/flaky-gateway.ts'
import { asking, client, provider } from './test-kit/retrieval-client.ts'

describe('a retrieval from peers that misbehave', () => {
  it('goes on where a peer cut the connection, without asking again for what came', async () => {
    const { peer, root, retrievals } = await misbehaving(12_000_000, cutAfter(5_000_000))
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done' })
    // 4 of 12 leaves came with the CAR.
    expect(peer.requests.filter((line) => line.includes('format=raw'))).toHaveLength(8)
  })

  it.each<[string, Behaviour]>([
    ['ends a CAR early as if it were complete', truncated(3)],
    ['ends a CAR after the root as if it were complete', truncated(1)],
    ['refuses dups=n', refusing(/car-dups=n/)],
    ['refuses every CAR', refusing(/format=car/)],
    ['sends blocks in no order', unordered],
    ['repeats every block', repeated],
  ])('completes though the peer %s', async (_, behaviour) => {
    const { root, retrievals, peer } = await misbehaving(4_000_000, behaviour)
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', complete: true, blockCount: 5 })
  })

  it.each<[string, string, RegExp, Behaviour]>([
    ['sends wrong bytes', 'PEER_PROTOCOL', /do not hash/, wrongBytes],
    ['sends a block that nobody asked for', 'PEER_PROTOCOL', /nothing asked for/, extraBlock],
    ['sends a block that is too large', 'PEER_PROTOCOL', /more than the/, largeBlock],
    ['repeats a block without end', 'PEER_PROTOCOL', /again|more than/, endless],
    [
      'sends something that is no CAR',
      'PEER_PROTOCOL',
      /CAR/,
      ({ response }) => void response.writeHead(200, CAR_TYPE).end('hello, this is not a CAR'.repeat(9)),
    ],
    [
      'is no gateway',
      'PEER_PROTOCOL',
      /not a trustless gateway/,
      ({ response }) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>hello'),
    ],
    ['does not answer', 'PEER_UNAVAILABLE', /did not answer within/, () => {}],
    ['falls silent', 'PEER_UNAVAILABLE', /no byte came for/, stallAfter(100)],
    ['is overloaded', 'PEER_UNAVAILABLE', /answered 429/, ({ response }) => void response.writeHead(429).end()],
    ['has nothing', 'BLOCK_NOT_FOUND', /does not have/, ({ response }) => void response.writeHead(404).end()],
    ['has nothing and says so with an empty CAR', 'BLOCK_NOT_FOUND', /does not have/, truncated(0)],
    ['lacks a block', 'DAG_INCOMPLETE', /does not have all of/, lacking],
  ])('fails with a clear message when the peer %s', async (_, code, message, behaviour) => {
    const { root, retrievals, peer } = await misbehaving(
      4_000_000,
      behaviour,
      /within|no byte/.test(message.source) ? 200 : 5000,
    )
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: false })
    expect(retrievals.get(dealId).message).toContain(peer.url)
  })

  it.each<[string, Behaviour]>([
    ['sends wrong bytes', wrongBytes],
    ['lacks a block', lacking],
    ['cuts the connection', cutAfter(1_500_000)],
    ['has nothing', ({ response }) => void response.writeHead(404).end()],
  ])('takes the rest from another when the first peer %s', async (_, behaviour) => {
    const { dags, root, retrievals, peer } = await misbehaving(4_000_000, behaviour)
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url, await provider(dags)] }))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', complete: true })
  })

  it('fails clearly when nothing listens', async () => {
    const { root, retrievals, peer } = await misbehaving(10, () => {})
    await peer.close()
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: `${peer.url} cannot be reached: nothing listens there.`,
    })
  })

  it('follows links of every codec', async () => {
    const dags = new MemoryDags()
    const file = await dags.addFile(content(3_000_000))
    const small = await rawBlock('small')
    await dags.put(small.cid, small.bytes)
    const document = dagCbor.encode({ file, list: [small.cid, identityBlock('inline').cid] })
    const root = CID.createV1(0x71, create(0x12, createHash('sha256').update(document).digest()))
    await dags.put(root, document)
    const { retrievals } = await client({ own: await provider(dags) })
    const { dealId } = await retrievals.begin(asking(root))
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', blockCount: 6 })
  })

  async function misbehaving(sizeBytes: number, behaviour: Behaviour, timeoutMs = 5000) {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(sizeBytes))
    const peer = await flakyGateway(dags, root)
    peer.behave(behaviour)
    const { retrievals } = await client({ http: { firstByteTimeoutMs: timeoutMs, stallTimeoutMs: timeoutMs } })
    return { dags, root, peer, retrievals }
  }
})
