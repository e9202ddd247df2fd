import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromErrno } from '../base/index.ts'
import { type OpenWritableFile, openCarBlockstore, openLocalFile } from '../blockstore/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { rowWhere } from '../testing/table-event.ts'
import { dagStat } from '../unixfs/index.ts'
import { content } from './test-kit/dag-content.ts'
import { flakyGateway, gatewayCar, stallAfter } from './test-kit/flaky-gateway.ts'
import { asking, client, provider, temporaryDirectory } from './test-kit/retrieval-client.ts'

describe('a retrieval that is interrupted', () => {
  it('goes on after a crash at any byte, with the blocks that are whole', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    const url = peer.url
    peer.behave(stallAfter(6_000_000))
    const first = await client({ http: { stallTimeoutMs: 60_000 } })
    const { dealId, carPath } = await first.retrievals.begin(asking(root, { from: [url] }))
    await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes > 5_000_000)
    await first.stop()
    const whole = await readFile(carPath)
    for (const cutAt of [0, 30, 200, 1_048_700, 3_333_333, whole.length - 1]) {
      await writeFile(carPath, whole.subarray(0, cutAt))
      peer.behave(gatewayCar)
      const directory = await copyOf(first.directory)
      const again = await client({ store: await copyOfStore(first.store), directory })
      const done = await again.retrievals.wait(dealId)
      expect(done).toMatchObject({ state: 'done', complete: true })
      const store = await openCarBlockstore(join(directory, 'retrievals', `${dealId}.car`))
      expect((await dagStat(store, root)).payloadSize).toBe(12_000_000)
      await store.close()
      await again.stop()
    }
  })

  it('keeps what arrived when the disk is full, and goes on when there is space', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    let room = 7_000_000
    const openFile: OpenWritableFile = async (path) => {
      const file = await openLocalFile(path)
      const writeAt = async (bytes: Uint8Array, position: number) => {
        if (position + bytes.length > room)
          throw fromErrno(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }), path)
        await file.writeAt(bytes, position)
      }
      return new Proxy(file, { get: (target, name) => (name === 'writeAt' ? writeAt : bound(target, name)) })
    }
    const { retrievals, transfers } = await client({ own: await provider(dags), openFile })
    const { dealId } = await retrievals.begin(asking(root))
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(retrievals.get(dealId)).toMatchObject({ state: 'failed', complete: false })
    expect(transfers.list()).toMatchObject([{ state: 'failed', error: { code: 'NO_SPACE' } }])
    room = Number.POSITIVE_INFINITY
    await transfers.restart(`retrieval-${dealId}`)
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done', error: null })
  })

  it('leaves no debris when it is cancelled, and can be begun again', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(stallAfter(5_000_000))
    const { retrievals, transfers, directory } = await client()
    const { dealId } = await retrievals.begin(
      asking(root, { from: [peer.url], outPath: join(await temporaryDirectory(), 'x') }),
    )
    await rowWhere(transfers.table, ({ doneBytes }) => doneBytes > 4_000_000)
    expect(await retrievals.cancel(dealId)).toMatchObject({ state: 'cancelled', receivedBytes: 0 })
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await readdir(join(directory, 'retrievals'))).toEqual([])
    expect(transfers.list()).toMatchObject([{ state: 'cancelled' }])
    peer.behave(gatewayCar)
    await retrievals.retry(dealId)
    expect(await retrievals.wait(dealId)).toMatchObject({ state: 'done' })
  })

  it('is paused and resumed in the table of transfers, also over a restart of the program', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(12_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(stallAfter(5_000_000))
    const first = await client()
    const { dealId } = await first.retrievals.begin(asking(root, { from: [peer.url] }))
    const { id } = await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes > 4_000_000)
    expect(await first.transfers.pause(id)).toMatchObject({ state: 'paused' })
    await first.stop()
    peer.behave(gatewayCar)
    const second = await client({ store: first.store, directory: first.directory })
    expect(second.transfers.get(id)).toMatchObject({ state: 'paused' })
    await second.transfers.resume(id)
    expect(await second.retrievals.wait(dealId)).toMatchObject({ state: 'done' })
    expect(second.transfers.get(id).log.length).toBeGreaterThan(3)
  })

  it('is cancelled with its transfer', async () => {
    const dags = new MemoryDags()
    const root = await dags.addFile(content(3_000_000))
    const peer = await flakyGateway(dags, root)
    peer.behave(() => {})
    const { retrievals, transfers } = await client()
    const { dealId } = await retrievals.begin(asking(root, { from: [peer.url] }))
    await transfers.cancel((await rowWhere(transfers.table, ({ state }) => state === 'running')).id)
    await expect(retrievals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(retrievals.get(dealId).state).toBe('cancelled')
  })
})

async function copyOf(directory: string): Promise<string> {
  const copy = await temporaryDirectory()
  await cp(directory, copy, { recursive: true })
  return copy
}

async function copyOfStore(store: Store): Promise<Store> {
  const copy = new MemoryStore()
  for await (const { key, value } of store.entries()) await copy.put(key, value)
  return copy
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
