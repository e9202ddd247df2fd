import { afterEach, describe, expect, it } from 'vitest'
import { EngineError, silentLogger, systemClock } from '../base/index.ts'
import type { OutgoingSpec } from '../net/index.ts'
import { MemoryStore, type Store } from '../store/index.ts'
import { rowWhere } from '../testing/table-event.ts'
import type { TransferAttempt, TransferSpec, Transfers, TransfersConfig } from './transfer-ports.ts'
import { createTransfers } from './transfers.ts'

const open: Transfers[] = []

afterEach(async () => {
  for (const transfers of open.splice(0)) await transfers.close()
})

async function started(config: Partial<TransfersConfig> = {}, store: Store = new MemoryStore()): Promise<Transfers> {
  const transfers = createTransfers(
    { store, clock: systemClock, log: silentLogger },
    { maxConcurrentRetrievals: 1, maxConcurrentDeals: 1, retry: { firstDelayMs: 1 }, idleMs: 10, ...config },
  )
  open.push(transfers)
  await transfers.start()
  return transfers
}

function spec(id: string): TransferSpec {
  return {
    id,
    kind: 'dag',
    what: 'root',
    counterparty: 'http://peer',
    doneBytes: 0,
    totalBytes: 100,
    ownerId: `owner-${id}`,
  }
}

const reading: OutgoingSpec = {
  ...{ key: 'peer root', kind: 'dag', what: 'root', counterparty: '127.0.0.1', totalBytes: null, ownerId: null },
}

/** Never ends by itself. */
function forever({ signal }: TransferAttempt): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
  })
}

const unavailable = new EngineError('PEER_UNAVAILABLE', 'http://peer cannot be reached: it cut the connection.')

describe('incoming transfers', () => {
  it('wait for their turn, and say so', async () => {
    const transfers = await started()
    const first = transfers.run(spec('1'), forever)
    await rowWhere(transfers.table, ({ id, state }) => id === '1' && state === 'running')
    const second = transfers.run(spec('2'), async ({ progress }) => progress(100))
    await rowWhere(transfers.table, ({ id, state }) => id === '2' && state === 'queued')
    expect(transfers.get('2').message).toBe('Waiting for its turn.')
    await transfers.cancel('1')
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    await second
    expect(transfers.get('2')).toMatchObject({ state: 'done', doneBytes: 100, endedAt: expect.any(String) })
  })

  it('run at once as soon as the limit is raised', async () => {
    const transfers = await started()
    void transfers.run(spec('1'), forever).catch(() => {})
    void transfers.run(spec('2'), forever).catch(() => {})
    await rowWhere(transfers.table, ({ state }) => state === 'queued')
    transfers.setLimit('retrievals', 2)
    await rowWhere(transfers.table, ({ id, state }) => id === '2' && state === 'running')
  })

  it('are tried again after what a peer did, and log each attempt', async () => {
    const transfers = await started()
    let attempts = 0
    await transfers.run(spec('1'), async ({ progress }) => {
      progress(++attempts * 10)
      if (attempts < 4) throw unavailable
    })
    const { state, retries, log } = transfers.get('1')
    expect({ state, retries, attempts }).toEqual({ state: 'done', retries: 3, attempts: 4 })
    expect(log.filter(({ message }) => message.includes('Trying again in'))).toHaveLength(3)
  })

  it.each<[string, EngineError, number]>([
    ['an address that never answered', unavailable, 5],
    ['a peer that does not keep to the protocol', new EngineError('PEER_PROTOCOL', 'No.'), 3],
    ['a full disk', new EngineError('NO_SPACE', 'Full.'), 1],
    ['anything unexpected', new EngineError('INTERNAL', 'Bug.'), 1],
  ])('are given up on %s', async (_, error, expected) => {
    const transfers = await started()
    let attempts = 0
    const run = transfers.run(spec('1'), async () => {
      attempts++
      throw error
    })
    await expect(run).rejects.toMatchObject({ code: error.code })
    expect(attempts).toBe(expected)
    expect(transfers.get('1')).toMatchObject({ state: 'failed', error: { code: error.code }, message: error.message })
  })

  it('wait as long as the peer asks, and go on at once when resumed', async () => {
    const transfers = await started()
    let attempts = 0
    const run = transfers.run(spec('1'), async () => {
      if (++attempts === 1) throw new EngineError('PEER_UNAVAILABLE', 'Busy.', { details: { retryAfterSeconds: 600 } })
    })
    const { message } = await rowWhere(transfers.table, ({ state }) => state === 'waiting')
    expect(message).toBe('Busy. Trying again in 600 s.')
    await transfers.resume('1')
    await run
    expect(attempts).toBe(2)
  })

  it('never have two attempts under way, however often they are paused, resumed and restarted', async () => {
    const transfers = await started({ maxConcurrentRetrievals: 0 })
    let underWay = 0
    let most = 0
    let attempts = 0
    const run = transfers.run(spec('1'), async (hands) => {
      most = Math.max(most, ++underWay)
      attempts++
      try {
        if (attempts < 6) await forever(hands)
      } finally {
        // An engine takes a while to let go of its files.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
        underWay--
      }
    })
    for (const act of ['pause', 'resume', 'restart', 'restart', 'pause', 'resume', 'restart'] as const) {
      if (act !== 'resume') await rowWhere(transfers.table, ({ state }) => state === 'running')
      await transfers[act]('1')
    }
    await rowWhere(transfers.table, ({ state }) => state === 'running' || state === 'done')
    while (transfers.get('1').state !== 'done') await transfers.restart('1')
    await run
    expect(most).toBe(1)
  })

  it('stay paused over a restart of the program; others say that they were interrupted', async () => {
    const store = new MemoryStore()
    const first = await started({ maxConcurrentRetrievals: 0 }, store)
    const runs = ['1', '2'].map((id) => first.run(spec(id), forever))
    await rowWhere(first.table, ({ id, state }) => id === '2' && state === 'running')
    await first.pause('1')
    await first.close()
    for (const run of runs) await expect(run).rejects.toMatchObject({ code: 'CLOSED' })
    const second = await started({}, store)
    expect(second.get('1')).toMatchObject({ state: 'paused' })
    expect(second.get('2')).toMatchObject({ state: 'failed', error: { code: 'RETRIEVAL_INTERRUPTED' } })
    const again = second.run(spec('1'), async ({ progress }) => progress(100))
    await second.resume('1')
    await again
    expect(second.get('1').state).toBe('done')
  })

  it('have their owner begin again when they are restarted after the end', async () => {
    const transfers = await started()
    const asked: string[] = []
    transfers.setOwner('dag', async (ownerId) => void asked.push(ownerId))
    await transfers.run(spec('1'), () => Promise.reject(new EngineError('NO_SPACE', 'Full.'))).catch(() => {})
    await transfers.restart('1')
    expect(asked).toEqual(['owner-1'])
  })

  it('cancel when their owner gives up, and stop without a verdict when the engine does', async () => {
    const transfers = await started({ maxConcurrentRetrievals: 0 })
    for (const [id, code] of [
      ['1', 'CANCELLED'],
      ['2', 'CLOSED'],
    ] as const) {
      const controller = new AbortController()
      const run = transfers.run(spec(id), forever, { signal: controller.signal })
      await rowWhere(transfers.table, (row) => row.id === id && row.state === 'running')
      controller.abort(new EngineError(code, 'x'))
      await expect(run).rejects.toMatchObject({ code })
    }
    expect(transfers.get('1').state).toBe('cancelled')
    expect(transfers.get('2').state).toBe('running')
  })

  it('show a rate while bytes come', async () => {
    const transfers = await started()
    const run = transfers.run(spec('1'), async (hands) => {
      for (let done = 1; !hands.signal.aborted && transfers.get('1').rate === 0; done++) {
        hands.progress(done, 1_000_000)
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(transfers.get('1').etaSeconds).toBeGreaterThan(0)
    })
    await run
    expect(transfers.get('1')).toMatchObject({ rate: 0, etaSeconds: null })
  })
})

describe('outgoing transfers', () => {
  it('are one row for all reads under a key, which ends when nobody reads any more', async () => {
    const transfers = await started()
    const one = transfers.openOutgoing(reading)
    const two = transfers.openOutgoing(reading)
    one.sent(10)
    two.sent(20)
    expect(transfers.list()).toMatchObject([{ direction: 'out', state: 'running', counterparty: '127.0.0.1' }])
    one.release({})
    two.release({})
    const done = await rowWhere(transfers.table, ({ state }) => state === 'done')
    expect(done).toMatchObject({ doneBytes: 30 })
    transfers.openOutgoing(reading)
    expect(transfers.list()).toMatchObject([{ id: done.id, state: 'running' }])
  })

  it('have failed when the last read was cut', async () => {
    const transfers = await started()
    transfers.openOutgoing(reading).release({ error: new EngineError('CANCELLED', 'The peer closed the connection.') })
    expect(await rowWhere(transfers.table, ({ state }) => state === 'failed')).toMatchObject({
      message: 'The peer closed the connection.',
    })
  })

  it('are cut and refused for now when paused, for good when cancelled, and taken up when restarted', async () => {
    const transfers = await started()
    const read = transfers.openOutgoing(reading)
    const [{ id = '' } = {}] = transfers.list()
    await transfers.pause(id)
    expect(read.signal.aborted).toBe(true)
    expect(() => transfers.openOutgoing(reading)).toThrow(
      expect.objectContaining({ code: 'PEER_UNAVAILABLE', details: { retryAfterSeconds: 15 } }),
    )
    await transfers.resume(id)
    expect(transfers.openOutgoing(reading).signal.aborted).toBe(false)
    await transfers.cancel(id)
    expect(() => transfers.openOutgoing(reading)).toThrow(expect.objectContaining({ code: 'CANCELLED' }))
    expect(await transfers.restart(id)).toMatchObject({ state: 'waiting' })
    transfers.openOutgoing(reading)
    expect(transfers.get(id).state).toBe('running')
  })

  it('of a deal wait for the provider between reads, and end with the deal', async () => {
    const transfers = await started({ idleMs: 1 })
    const ofDeal = { ...reading, key: 'deal', ownerId: '7' }
    transfers.openOutgoing(ofDeal).release({})
    transfers.endOutgoing('deal', new EngineError('PIECE_MISMATCH', 'Another piece.'))
    expect(transfers.list()).toMatchObject([{ state: 'failed', error: { code: 'PIECE_MISMATCH' }, ownerId: '7' }])
    transfers.openOutgoing(ofDeal)
    expect(transfers.list()).toHaveLength(2)
    transfers.endOutgoing('deal')
    expect(transfers.list().map(({ state }) => state)).toEqual(['failed', 'done'])
  })
})

describe('the table of transfers', () => {
  it('remembers ended ones over a restart, the newest only', async () => {
    const store = new MemoryStore()
    const first = await started({ maxEnded: 3 }, store)
    for (const id of ['1', '2', '3', '4', '5']) await first.run(spec(id), async () => {})
    expect(first.list().map(({ id }) => id)).toEqual(['3', '4', '5'])
    await first.close()
    const second = await started({ maxEnded: 2 }, store)
    expect(second.list().map(({ id, state }) => `${id} ${state}`)).toEqual(['4 done', '5 done'])
    expect(() => second.get('1')).toThrow(expect.objectContaining({ code: 'TRANSFER_NOT_FOUND' }))
  })
})
