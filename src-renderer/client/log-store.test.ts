import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../src-shared/contract/index.ts'
import { MAX_LINES, mergeLines } from './log-store.ts'

const line = (seq: number, at = `2026-01-01T00:00:${String(seq % 60).padStart(2, '0')}Z`): LogLine => ({
  seq,
  at,
  level: 'info',
  logger: 'engine',
  message: `line ${seq}`,
  fields: {},
})
const seqs = (lines: readonly LogLine[]) => lines.map(({ seq }) => seq)

describe('the log in the window', () => {
  it('joins what was logged before with what streams in, without repetition', () => {
    expect(seqs(mergeLines([line(3), line(4)], [line(1), line(2), line(3)]))).toEqual([1, 2, 3, 4])
    expect(seqs(mergeLines([line(1), line(2)], [line(3)]))).toEqual([1, 2, 3])
  })

  it('shows the log of a restarted engine instead of the old one', () => {
    expect(mergeLines([line(1), line(2)], [line(1, '2026-02-02T00:00:00Z')])).toHaveLength(1)
  })

  it('keeps a bounded number of lines', () => {
    const many = Array.from({ length: MAX_LINES }, (_, seq) => line(seq))
    const merged = mergeLines(many, [line(MAX_LINES), line(MAX_LINES + 1)])
    expect(merged).toHaveLength(MAX_LINES)
    expect(merged[0]?.seq).toBe(2)
  })
})
