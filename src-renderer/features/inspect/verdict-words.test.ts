import { describe, expect, it } from 'vitest'
import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { evidenceOf, reportOf, splitVerdict } from './verdict-words.ts'

const GOOD: CarVerdict = {
  ok: true,
  verdict: 'This CAR is good. Every block matches its hash.',
  path: '/data/a.car',
  version: 2,
  roots: ['bafyroot'],
  missingRoots: [],
  blockCount: 1200,
  payloadBytes: 1 << 20,
  fileBytes: 1_100_000,
  trailingZeroBytes: 0,
  dagComplete: true,
  missingBlocks: [],
  index: 'ok',
  problems: [],
  pieceCid: 'baga',
  pieceCidV2: null,
  pieceSize: 2 << 20,
  repairs: [],
}
const tones = (verdict: CarVerdict) => Object.fromEntries(evidenceOf(verdict).map(({ id, tone }) => [id, tone]))

describe('the evidence for a verdict', () => {
  it('is all well for a good CAR', () => {
    expect(new Set(Object.values(tones(GOOD)))).toEqual(new Set(['ok']))
  })

  it('names what is wrong', () => {
    const bad = tones({
      ...GOOD,
      dagComplete: false,
      missingBlocks: ['bafk'],
      index: 'wrong',
      problems: [{ code: 'BLOCK_MISMATCH', message: 'A block does not match.', offset: 99 }],
    })
    expect(bad).toMatchObject({ blocks: 'failed', dag: 'attention', index: 'failed', roots: 'ok' })
  })

  it('says of a file that is no CAR only that, and of a cut one where the good part ends', () => {
    const nothing = { ...GOOD, ok: false, version: null, roots: [], blockCount: 0, dagComplete: null }
    expect(tones(nothing)).toEqual({ header: 'failed', roots: 'idle', blocks: 'idle', index: 'idle', padding: 'idle' })
    const torn = ['CAR_UNFINALIZED', 'CAR_TRUNCATED'].map((code) => ({ code, message: '', offset: 0 }))
    expect(tones({ ...GOOD, ok: false, problems: torn })).toMatchObject({ header: 'attention', blocks: 'attention' })
  })

  it('does not blame the padding of a piece, or the index that version 1 cannot have', () => {
    expect(tones({ ...GOOD, version: 1, index: 'absent', trailingZeroBytes: 4096 })).toMatchObject({
      padding: 'idle',
      index: 'idle',
    })
  })
})

describe('the report', () => {
  it('begins with the verdict and has what others need to check it', () => {
    const report = reportOf(GOOD)
    expect(report.startsWith('This CAR is good.')).toBe(true)
    expect(report).toContain('Piece CID: baga')
    expect(report).toContain('Root: bafyroot')
  })

  it('takes the first sentence for the title', () => {
    expect(splitVerdict('It is v1.5 and good. Nothing to do.')).toEqual(['It is v1.5 and good.', 'Nothing to do.'])
    expect(splitVerdict('Good')).toEqual(['Good', ''])
  })
})
