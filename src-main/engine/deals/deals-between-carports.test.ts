import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { PIECE_CHUNK_BYTES } from '../commp/index.ts'
import { rowWhere } from '../testing/table-event.ts'
import { carport, dagsWith } from './test-kit/carport.ts'
import { gatedDags } from './test-kit/gated-dags.ts'

describe('a deal between two Carports', () => {
  it('goes on where it was when the provider stops in the middle and starts again', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const first = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: first.server.url })
    await rowWhere(first.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    const port = Number(new URL(first.server.url ?? '').port)
    await first.stop()
    expect(client.deals.get(dealId).state).not.toBe('failed')
    dags.openGate()
    const second = await carport({ store: first.store, directory: first.directory, port })
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(second.handedOff).toHaveLength(1)
    const [row] = second.transfers.list().filter(({ direction }) => direction === 'in')
    expect(row).toMatchObject({ state: 'done' })
    // What had arrived before was not sent again.
    const sent = client.transfers.list().find(({ direction }) => direction === 'out')
    expect(sent?.doneBytes).toBeLessThan(4 * PIECE_CHUNK_BYTES)
  })

  it('goes on when the client stops in the middle and serves the data elsewhere afterwards', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const first = await carport({ dags })
    const { dealId } = await first.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    await first.stop()
    expect(dags.opened).toBe(0)
    dags.openGate()
    const second = await carport({ store: first.store, directory: first.directory, dags })
    expect(await second.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(provider.deals.list()).toMatchObject([{ role: 'provider', state: 'active' }])
  })

  it('leaves nothing behind on either side when the client cancels', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    expect(await client.deals.cancel(dealId)).toMatchObject({ state: 'cancelled' })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'CANCELLED' })
    const theirs = await rowWhere(provider.deals.table, ({ state }) => state === 'cancelled')
    await provider.deals.wait(theirs.dealId).catch(() => {})
    expect(await readdir(join(provider.directory, 'deal-staging'))).toEqual([])
    expect(dags.opened).toBe(0)
    expect(provider.transfers.list()).toMatchObject([{ direction: 'in', state: 'cancelled', rate: 0 }])
    expect(client.transfers.list()).toMatchObject([{ direction: 'out', state: 'cancelled' }])
  })

  it('can be paused, resumed and cancelled in the table of transfers', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    const { id } = await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    expect(await provider.transfers.pause(id)).toMatchObject({ state: 'paused', rate: 0 })
    dags.openGate()
    expect(client.deals.get(dealId).state).toBe('transferring')
    expect(await provider.transfers.resume(id)).toMatchObject({ state: 'queued' })
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
  })

  it('fails on both sides, with the reason, when the data changes while it is sent', async () => {
    const { dags, root } = await gatedDags(3 * PIECE_CHUNK_BYTES)
    const provider = await carport()
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await rowWhere(provider.transfers.table, ({ doneBytes }) => doneBytes >= PIECE_CHUNK_BYTES)
    dags.failWith(new EngineError('SOURCE_CHANGED', '/data/file has changed since it was imported.'))
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    const theirs = await rowWhere(provider.deals.table, ({ state }) => state === 'cancelled' || state === 'failed')
    expect(theirs.role).toBe('provider')
    expect(provider.handedOff).toEqual([])
  })

  it('fails clearly when nothing answers at the provider, and can be tried again', async () => {
    const { dags, root } = await dagsWith(100_000)
    const provider = await carport()
    const port = Number(new URL(provider.server.url ?? '').port)
    await provider.stop()
    const client = await carport({ dags })
    const url = `http://127.0.0.1:${port}`
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: url })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      message: `${url} cannot be reached: nothing listens there.`,
    })
    await carport({ port })
    await client.deals.retry(dealId)
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active', error: null })
  })

  it('tells the client when the hand-off fails, and a retry hands over without another transfer', async () => {
    const { dags, root } = await dagsWith(100_000)
    let broken = true
    const provider = await carport({
      handOff: async () => {
        if (broken) throw new EngineError('NO_SPACE', 'The disk of the piece store is full.')
      },
    })
    const client = await carport({ dags })
    const { dealId } = await client.deals.propose({ root: root.toString(), provider: provider.server.url })
    await expect(client.deals.wait(dealId)).rejects.toMatchObject({ code: 'NO_SPACE' })
    broken = false
    await client.deals.retry(dealId)
    expect(await client.deals.wait(dealId)).toMatchObject({ state: 'active' })
    expect(provider.transfers.list()).toHaveLength(1)
  })

  it('forgets an ended deal, and only an ended one', async () => {
    const { dags, root } = await gatedDags(PIECE_CHUNK_BYTES)
    const { deals } = await carport({ dags })
    const { dealId } = await deals.propose({ root: root.toString(), provider: null })
    await expect(deals.remove(dealId)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    dags.openGate()
    await deals.wait(dealId)
    await deals.remove(dealId)
    expect(() => deals.get(dealId)).toThrow(expect.objectContaining({ code: 'DEAL_NOT_FOUND' }))
    await expect(deals.propose({ root: root.toString().replace(/.$/, ''), provider: null })).rejects.toMatchObject({
      code: 'INVALID_CID',
    })
  })
})
