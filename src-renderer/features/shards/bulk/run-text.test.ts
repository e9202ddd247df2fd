import { describe, expect, it } from 'vitest'
import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { rateText, runNote, runTitle, runTone } from './run-text.ts'
import { runsToShow } from './runs-to-show.ts'

const run: BulkRunView = {
  ...{ id: '1', verb: 'recover', state: 'running', held: false, heldUntil: null, concurrency: 4, indexingAtOnce: 5 },
  ...{ startedAt: '2026-11-22T10:00:00.000Z', resumedAt: null, endedAt: null, total: 312, underWay: 4 },
  ...{ succeeded: 100, failed: 20, skipped: 4, perSecond: 4.2, etaSeconds: 44, failures: [], skips: [] },
}
const ended = { ...run, state: 'done' as const, endedAt: '2026-11-22T10:05:00.000Z', etaSeconds: null }

describe('a run in words', () => {
  it('says what is done, how far, how fast and how long still', () => {
    expect(runTitle(run)).toBe('Recovering 312 shards')
    expect(runNote(run)).toBe('124 of 312, 4.2 a second, about 45 s left')
    const resumed = runNote({ ...run, resumedAt: '2026-11-22T10:02:00.000Z' })
    expect(resumed).toMatch(/about 45 s left, went on at \d\d:\d\d after a restart$/)
  })

  it('says why it does not move', () => {
    expect(runNote({ ...run, state: 'paused', underWay: 0 })).toBe('124 of 312, paused')
    expect(runNote({ ...run, state: 'paused', underWay: 3 })).toBe('124 of 312, pausing: 3 under way')
    expect(runNote({ ...run, held: true })).toContain('all bulk work is paused')
    expect(runNote({ ...run, held: true, heldUntil: '2026-11-22T12:00:00.000Z' })).toMatch(/until \d\d:\d\d/)
    expect(runNote({ ...run, state: 'stopping', underWay: 1 })).toContain('1 under way ends by itself')
  })

  it('says only how far it was while the engine does not answer', () => {
    expect(runNote(run, false)).toBe('124 of 312 when the engine last answered')
    expect(runNote({ ...ended, succeeded: 308 }, false)).toBe('')
  })

  it('says what came of it', () => {
    expect(runTitle({ ...ended, succeeded: 308, failed: 4, skipped: 0 })).toBe('Recovered 308 of 312 shards')
    expect(runTitle({ ...ended, succeeded: 312 })).toBe('Recovered 312 shards')
    expect(runTitle({ ...ended, state: 'stopped' })).toBe('Stopped: recovered 100 of 312 shards')
    expect(runNote({ ...ended, state: 'stopped' })).toBe('188 not begun')
    expect(runTone({ ...ended, failed: 0 })).toBe('ok')
    expect(runTone(ended)).toBe('failed')
  })

  it('has a rate that can be read, however slow', () => {
    expect([rateText(0), rateText(1234.5), rateText(4.24), rateText(0.05), rateText(0.001)]).toEqual([
      null,
      '1,235 a second',
      '4.2 a second',
      '3.0 a minute',
      '3.6 an hour',
    ])
  })
})

describe('the runs to be seen', () => {
  it('are those that go on, and the last that ended', () => {
    const runs = Array.from({ length: 6 }, (_, at) => ({
      ...(at === 1 ? run : ended),
      id: String(at),
      startedAt: `2026-11-22T10:0${at}:00.000Z`,
    }))
    expect(runsToShow(runs).map(({ id }) => id)).toEqual(['1', '5', '4', '3'])
  })
})
