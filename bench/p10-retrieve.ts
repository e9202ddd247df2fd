import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { silentLogger } from '../src-main/engine/base/index.ts'
import { SelfContainedCarWriter } from '../src-main/engine/blockstore/index.ts'
import { readCarStream } from '../src-main/engine/car/index.ts'
import { HttpClient } from '../src-main/engine/net/index.ts'
import { receiveDag } from '../src-main/engine/retrievals/receive-dag.ts'
import { buildFile } from '../src-main/engine/unixfs/index.ts'
import type { UnixfsProfile } from '../src-shared/contract/index.ts'
import { writeStreamFile } from './data.ts'
import { type BenchContext, type Benchmark, type Figure, secondsOf } from './harness.ts'
import { createPool } from './worker-pool.ts'

const MIB = 1024 * 1024

export const benchmark: Benchmark = {
  id: 'P10',
  title: 'retrieve over loopback HTTP into a finalized CARv2',
  async run(context) {
    return [
      await retrieve(context, 'unixfs-v1-2025', 'blocks of 1 MiB'),
      await retrieve(context, 'kubo-cidv1', 'blocks of 256 KiB'),
    ]
  },
}

async function retrieve(context: BenchContext, profile: UnixfsProfile, blocks: string): Promise<Figure> {
  const sizeMiB = context.quick ? 256 : 1024
  const served = join(context.directory, `${profile}.car`)
  const root = await makeCar(context, served, profile, sizeMiB)
  const gateway = fork(fileURLToPath(new URL('./gateway-process.ts', import.meta.url)), [served])
  const client = new HttpClient()
  try {
    const url = await urlOf(gateway)
    const received = join(context.directory, 'received.car')
    return await context.compare({
      what: `retrieve ${sizeMiB} MiB in ${blocks}, every block verified, into a finalized CARv2`,
      unit: 'MiB/s',
      work: async () => {
        const speed = sizeMiB / (await secondsOf(() => receive(client, url, root, received)))
        rmSync(received)
        return speed
      },
      limit: async () => sizeMiB / (await secondsOf(() => readStream(client, url, root))),
      limitWhat: 'the same HTTP stream, every block verified, without a disk',
      target: { ratio: 0.8 },
    })
  } finally {
    client.close()
    if (gateway.connected) gateway.disconnect()
    rmSync(served)
  }
}

async function makeCar(context: BenchContext, path: string, profile: UnixfsProfile, sizeMiB: number): Promise<CID> {
  const source = join(context.directory, 'source')
  writeStreamFile(source, sizeMiB * MIB, 1)
  const pool = createPool(2)
  const writer = await SelfContainedCarWriter.create(path)
  const put = (cid: CID, bytes: Uint8Array | null) => writer.put(cid, bytes ?? new Uint8Array(0))
  const { root } = await buildFile(source, { profile, tasks: pool, sink: { leafBytes: true, leaf: put, node: put } })
  await writer.finish(root)
  await pool.close()
  rmSync(source)
  return root
}

function urlOf(gateway: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    gateway.once('message', (url) => resolve(String(url)))
    gateway.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)))
  })
}

async function receive(client: HttpClient, url: string, root: CID, carPath: string): Promise<void> {
  await receiveDag({
    ...{ root, carPath, client, syncedPayloadSize: 0, sources: [url], requestId: 'bench', log: silentLogger },
    dags: { open: async () => null },
    hands: { signal: new AbortController().signal, from() {}, note() {}, progress() {} },
    onReceived() {},
  })
}

async function readStream(client: HttpClient, url: string, root: CID): Promise<void> {
  const response = await client.request(`${url}/ipfs/${root}?format=car&dag-scope=all`)
  const { sections } = await readCarStream(chunks(response.batches()))
  for await (const _ of sections);
}

async function* chunks(batches: AsyncIterable<Buffer[]>): AsyncGenerator<Uint8Array, void, void> {
  for await (const batch of batches) yield* batch
}
