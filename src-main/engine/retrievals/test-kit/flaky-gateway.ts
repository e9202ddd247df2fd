import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { encodeCarHeader, sectionHead } from '../../car/index.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/loopback-server.ts'
import type { MemoryDags } from '../../testing/memory-dags.ts'
import { type DagBlock, walkDag } from '../../unixfs/index.ts'
import { cleanUpLater } from './retrieval-client.ts'

export interface Asked {
  request: IncomingMessage
  response: ServerResponse
  /** Blocks of the DAG below the CID asked for, depth first. */
  blocks: DagBlock[]
  root: CID
}
export type Behaviour = (asked: Asked) => void

export const CAR_TYPE = { 'Content-Type': 'application/vnd.ipld.car; version=1; order=dfs; dups=n' }

/** A gateway whose behaviour a test chooses. */
export async function flakyGateway(
  dags: MemoryDags,
  root: CID,
): Promise<LoopbackServer & { behave(behaviour: Behaviour): void }> {
  let behaviour: Behaviour = gatewayCar
  const server = await loopbackServer(async (request, response) => {
    const cid = CID.parse(new URL(request.url ?? '', 'http://x').pathname.split('/')[2] ?? '')
    const blocks: DagBlock[] = []
    for await (const block of walkDag(dags, cid)) blocks.push(block)
    behaviour({ request, response, blocks, root })
  })
  cleanUpLater(() => server.close())
  return {
    ...server,
    behave(chosen) {
      behaviour = chosen
    },
  }
}

export function gatewayCar({ request, response, blocks, root }: Asked): void {
  if (request.url?.includes('format=raw') === true) response.end(blocks[0]?.bytes)
  else response.writeHead(200, CAR_TYPE).end(carOf(root, blocks))
}

export function carOf(root: CID, blocks: DagBlock[]): Buffer {
  return Buffer.concat([
    encodeCarHeader([root]),
    ...blocks.flatMap(({ cid, bytes }) => [sectionHead(cid, bytes.length), bytes]),
  ])
}

/** CARs are cut, single blocks are served. */
export function cutAfter(bytes: number): Behaviour {
  return (asked) => {
    if (asked.request.url?.includes('format=raw') === true) gatewayCar(asked)
    else
      asked.response
        .writeHead(200, CAR_TYPE)
        .write(carOf(asked.root, asked.blocks).subarray(0, bytes), () => asked.response.socket?.destroySoon())
  }
}

export function stallAfter(bytes: number): Behaviour {
  return ({ response, blocks, root }) =>
    void response.writeHead(200, CAR_TYPE).write(carOf(root, blocks).subarray(0, bytes))
}

/** Every CAR ends after so many blocks, cleanly. */
export function truncated(count: number): Behaviour {
  return (asked) => {
    if (asked.request.url?.includes('format=raw') === true && count > 0) gatewayCar(asked)
    else asked.response.writeHead(200, CAR_TYPE).end(carOf(asked.root, asked.blocks.slice(0, count)))
  }
}

export function refusing(pattern: RegExp): Behaviour {
  return (asked) => {
    if (pattern.test(asked.request.url ?? '')) asked.response.writeHead(400).end('not like this\n')
    else gatewayCar(asked)
  }
}

export function unordered(asked: Asked): void {
  if (asked.request.url?.includes('format=raw') === true) gatewayCar(asked)
  else
    asked.response
      .writeHead(200, { 'Content-Type': 'application/vnd.ipld.car' })
      .end(carOf(asked.root, [...asked.blocks].reverse()))
}

export function repeated({ response, blocks, root }: Asked): void {
  response.writeHead(200, CAR_TYPE).end(
    carOf(
      root,
      blocks.flatMap((block) => [block, block]),
    ),
  )
}

export function wrongBytes({ response, blocks, root }: Asked): void {
  const wrong = blocks.map(({ cid, bytes }, i) => ({
    cid,
    bytes: i === 2 ? Uint8Array.from(bytes, (b) => b ^ 1) : bytes,
  }))
  response.writeHead(200, CAR_TYPE).end(carOf(root, wrong))
}

export function extraBlock({ response, blocks, root }: Asked): void {
  const bytes = new TextEncoder().encode('unasked')
  const cid = CID.createV1(0x55, create(0x12, createHash('sha256').update(bytes).digest()))
  response.writeHead(200, CAR_TYPE).end(carOf(root, [{ cid, bytes }, ...blocks]))
}

export function largeBlock({ response, blocks, root }: Asked): void {
  const [first] = blocks
  if (first !== undefined)
    response.writeHead(200, CAR_TYPE).end(carOf(root, [{ cid: first.cid, bytes: new Uint8Array(2 * 1024 * 1024 + 1) }]))
}

export function endless({ response, blocks, root }: Asked): void {
  response.writeHead(200, CAR_TYPE).write(carOf(root, blocks.slice(0, 2)))
  const leaf = blocks.at(-1)
  const again =
    leaf === undefined ? Buffer.alloc(0) : Buffer.concat([sectionHead(leaf.cid, leaf.bytes.length), leaf.bytes])
  const more = () => {
    while (!response.destroyed) if (!response.write(again)) return void response.once('drain', more)
  }
  more()
}

export function lacking(asked: Asked): void {
  const gone = asked.blocks.at(-1)?.cid
  if (asked.blocks.length === 1) asked.response.writeHead(404).end()
  else
    asked.response.writeHead(200, CAR_TYPE).end(
      carOf(
        asked.root,
        asked.blocks.filter(({ cid }) => cid !== gone),
      ),
    )
}
