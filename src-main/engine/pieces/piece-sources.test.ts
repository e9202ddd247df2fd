import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { EngineError, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import {
  type PieceCallOptions,
  PieceRows,
  type PieceSource,
  PieceSources,
  type PieceStat,
  type PieceState,
} from './index.ts'

const piece = CID.parse('baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq')

/** A source whose answer is fixed; its bytes name it. */
class FixedSource implements PieceSource {
  readonly kind = 'http'
  readonly #name: string
  readonly #state: PieceState | 'broken'
  /** Set to hold every call until it resolves. */
  gate: Promise<void> = Promise.resolve()
  calls = 0
  running = 0
  most = 0

  constructor(name: string, state: PieceState | 'broken') {
    this.#name = name
    this.#state = state
  }

  async stat(_pieceCid: CID, _options?: PieceCallOptions): Promise<PieceStat> {
    const state = await this.#answer()
    return { source: 'http', state, sizeBytes: state === 'missing' ? null : 100, pieceSize: 128, path: this.#name }
  }

  async open(_pieceCid: CID): Promise<RandomAccessReader> {
    const state = await this.#answer()
    if (state === 'unsealed') return new MemoryReader(Buffer.from(this.#name))
    throw new EngineError(state === 'missing' ? 'PIECE_NOT_FOUND' : 'PIECE_SEALED', 'no')
  }

  async #answer(): Promise<PieceState> {
    this.calls++
    this.most = Math.max(this.most, ++this.running)
    await this.gate
    this.running--
    if (this.#state === 'broken') throw new EngineError('PEER_UNAVAILABLE', `${this.#name} is down.`)
    return this.#state
  }
}

async function read(sources: PieceSources): Promise<string> {
  const reader = await sources.open(piece)
  const bytes = new Uint8Array(reader.size)
  await reader.readAt(bytes, 0)
  return Buffer.from(bytes).toString()
}

function sourcesOf(
  states: Array<PieceState | 'broken'>,
  maxConcurrentCalls = 0,
): { fixed: FixedSource[]; sources: PieceSources } {
  const fixed = states.map((state, index) => new FixedSource(String(index), state))
  return { fixed, sources: new PieceSources({ sources: fixed, maxConcurrentCalls }) }
}

describe('PieceSources', () => {
  it.each<[Array<PieceState | 'broken'>, string, string]>([
    [['unsealed', 'unsealed'], 'unsealed', '0'],
    [['missing', 'unsealed'], 'unsealed', '1'],
    [['sealed-only', 'unsealed'], 'unsealed', '1'],
    [['broken', 'unsealed'], 'unsealed', '1'],
    [['unsealed', 'broken'], 'unsealed', '0'],
    [['missing', 'sealed-only'], 'sealed-only', 'PIECE_SEALED'],
    [['missing', 'missing'], 'missing', 'PIECE_NOT_FOUND'],
    [[], 'missing', 'PIECE_NOT_FOUND'],
    [['broken', 'missing'], 'PEER_UNAVAILABLE', 'PEER_UNAVAILABLE'],
    [['sealed-only', 'broken'], 'PEER_UNAVAILABLE', 'PEER_UNAVAILABLE'],
  ])('%j: stat is %s, open gives %s', async (states, stat, opened) => {
    const { sources } = sourcesOf(states)
    const codeOf = (error: unknown) => EngineError.from(error).code
    expect(await sources.stat(piece).then(({ state }) => state, codeOf)).toBe(stat)
    expect(await read(sources).catch(codeOf)).toBe(opened)
  })

  it('tells every copy, and leaves out who could not answer', async () => {
    const { sources } = sourcesOf(['missing', 'broken', 'unsealed'])
    expect((await sources.copies(piece)).map(({ state }) => state)).toEqual(['missing', 'unsealed'])
  })

  it('never makes more storage calls at once than allowed; the limit follows the setting', async () => {
    const { fixed, sources } = sourcesOf(['unsealed'], 3)
    const source = fixed[0] as FixedSource
    let release = () => {}
    source.gate = new Promise((resolve) => {
      release = resolve
    })
    const opening = Array.from({ length: 10 }, () => sources.open(piece))
    await new Promise((resolve) => setImmediate(resolve))
    expect(source.calls).toBe(3)
    sources.concurrency = 5
    await new Promise((resolve) => setImmediate(resolve))
    expect(source.calls).toBe(5)
    release()
    await Promise.all(opening)
    expect([source.calls, source.most]).toEqual([10, 5])
  })

  it('makes as many calls at once as are asked for with a limit of 0', async () => {
    const { fixed, sources } = sourcesOf(['unsealed'], 0)
    const source = fixed[0] as FixedSource
    let release = () => {}
    source.gate = new Promise((resolve) => {
      release = resolve
    })
    const opening = Array.from({ length: 10 }, () => sources.open(piece))
    await new Promise((resolve) => setImmediate(resolve))
    expect(source.calls).toBe(10)
    release()
    await Promise.all(opening)
  })

  it('a waiting call can be given up', async () => {
    const { fixed, sources } = sourcesOf(['unsealed'], 1)
    const source = fixed[0] as FixedSource
    let release = () => {}
    source.gate = new Promise((resolve) => {
      release = resolve
    })
    const first = sources.open(piece)
    const stop = new AbortController()
    const second = sources.open(piece, { signal: stop.signal })
    stop.abort()
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
    release()
    await first
    expect(source.calls).toBe(1)
  })

  it('takes other sources from now on', async () => {
    const { sources } = sourcesOf(['missing'])
    sources.sources = [new FixedSource('new', 'unsealed')]
    expect(await read(sources)).toBe('new')
  })
})

describe('PieceRows', () => {
  const row = {
    pieceCid: piece.toString(),
    pieceCidV2: null,
    pieceSize: 128,
    sizeBytes: 100,
    path: null,
    addedAt: null,
  }

  it('shows a piece once, by its best copy', () => {
    const rows = new PieceRows()
    rows.set({ ...row, source: 'lotus-storage', state: 'sealed-only' })
    rows.set({ ...row, source: 'directory', state: 'missing' })
    expect(rows.list()).toMatchObject([{ source: 'lotus-storage', state: 'sealed-only' }])
    rows.set({ ...row, source: 'lotus-storage', state: 'unsealed' })
    rows.set({ ...row, source: 'directory', state: 'unsealed' })
    expect(rows.list()).toMatchObject([{ source: 'directory', state: 'unsealed' }])
    rows.delete(row.pieceCid, 'directory')
    expect(rows.list()).toMatchObject([{ source: 'lotus-storage' }])
    rows.delete(row.pieceCid, 'lotus-storage')
    expect(rows.list()).toEqual([])
  })
})
