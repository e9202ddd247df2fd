import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { hashFile } from '../commp/index.ts'
import { MemoryDags } from '../testing/memory-dags.ts'
import { carport, content, dagsWith } from './test-kit/carport.ts'

describe('a deal with the own provider', () => {
  it('ends active, with the piece handed over byte for byte', async () => {
    const { dags, root } = await dagsWith(20_000_000)
    const { deals, handedOff, directory, transfers } = await carport({ dags })
    const begun = await deals.propose({ root: root.toString(), provider: null })
    expect(begun).toMatchObject({ role: 'client', state: 'preparing' })
    const active = await deals.wait(begun.dealId)
    expect(active).toMatchObject({ state: 'active', error: null, message: 'The provider holds the piece.' })
    expect(active.timeline.map(({ state, message }) => [state, message])).toContainEqual([
      'transferring',
      'The provider fetches the data.',
    ])
    expect(active.timeline.map(({ state }) => state)).toEqual([
      'preparing',
      'proposing',
      'transferring',
      'verifying',
      'active',
    ])
    const [piece] = handedOff
    expect(piece).toMatchObject({ carSize: active.carSize, pieceSize: active.pieceSize })
    expect(piece?.pieceCid.toString()).toBe(active.pieceCid)
    const computed = await hashFile(join(directory, `${active.pieceCid}.car`), inlineTaskRunner)
    expect(computed.pieceCid.toString()).toBe(active.pieceCid)
    const provider = deals.list().find(({ role }) => role === 'provider')
    expect(provider).toMatchObject({ state: 'active', pieceCid: active.pieceCid, pieceCidV2: active.pieceCidV2 })
    expect(await readdir(join(directory, 'deal-staging'))).toEqual([])
    expect(dags.opened).toBe(0)
    const rows = transfers.list().map(({ direction, kind, state }) => ({ direction, kind, state }))
    expect(rows).toContainEqual({ direction: 'in', kind: 'deal-data', state: 'done' })
    expect(rows).toContainEqual({ direction: 'out', kind: 'deal-data', state: 'done' })
    expect(deals.dealsOfPiece(active.pieceCid ?? '')).toHaveLength(2)
  })

  it.each([2, 16])('is one of %i at once, and each ends active with its own piece', async (count) => {
    const dags = new MemoryDags()
    const roots = await Promise.all(
      Array.from({ length: count }, (_, i) => dags.addFile(content(100_000 + 1000 * i).fill(i))),
    )
    const { deals, handedOff } = await carport({ dags })
    const begun = await Promise.all(roots.map((root) => deals.propose({ root: root.toString(), provider: null })))
    const ended = await Promise.all(begun.map(({ dealId }) => deals.wait(dealId)))
    expect(ended.map(({ state, root }) => [state, root])).toEqual(roots.map((root) => ['active', root.toString()]))
    expect(handedOff.map(({ pieceCid }) => pieceCid.toString()).sort()).toEqual(
      ended.map(({ pieceCid }) => pieceCid).sort(),
    )
    expect(new Set(ended.map(({ pieceCid }) => pieceCid)).size).toBe(count)
    expect(dags.opened).toBe(0)
  })
})
