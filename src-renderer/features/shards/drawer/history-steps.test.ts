import { describe, expect, it } from 'vitest'
import type { ShardDetail } from '../../../../src-shared/contract/index.ts'
import { attemptsText, historySteps } from './history-steps.ts'

type Attempts = ShardDetail['attempts']
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, 0) + seconds * 1000).toISOString()
const NOW = Date.parse(at(400))

const attempts: Attempts = [
  { at: at(0), op: 'Register', state: 'New', error: null },
  { at: at(0), op: 'Initialize', state: 'Initializing', error: null },
  { at: at(2.5), op: 'Fail', state: 'Errored', error: 'No source has piece baga6ea4seaqaaaaaaaaaaaaaa.' },
  { at: at(60), op: 'Recover', state: 'Recovering', error: 'No source has piece baga6ea4seaqaaaaaaaaaaaaaa.' },
  { at: at(260), op: 'MakeAvailable', state: 'Available', error: null },
]

describe('the history of a shard', () => {
  it('says what happened when, why, and how long each attempt took', () => {
    expect(
      historySteps(attempts, NOW).map(({ title, tone, took = '', detail = '' }) => [title, tone, took, detail]),
    ).toEqual([
      ['Registered', 'idle', '', ''],
      ['Initialization began', 'idle', '', ''],
      ['Failed: the piece is not there', 'failed', 'after 2.5 s', 'No source has piece baga6ea4seaqaaaaaaaaaaaaaa.'],
      ['Recovery began: fetched and indexed anew', 'idle', '', ''],
      ['Indexed and available', 'ok', 'after 3 min 20 s', ''],
    ])
    expect(attemptsText(attempts)).toBe('2 attempts, 1 failed')
  })

  it('shows what is going on as going on, and for how long', () => {
    const steps = historySteps(attempts.slice(0, 4), NOW)
    expect(steps.at(-1)).toMatchObject({ tone: 'working', moving: true, took: 'for 5 min 40 s' })
    expect(steps.filter(({ moving }) => moving)).toHaveLength(1)
  })

  it('tells a lost index that is being made anew from a failure', () => {
    const lost: Attempts = [{ at: at(0), op: 'Fail', state: 'Recovering', error: 'The shard a has no index.' }]
    expect(historySteps(lost, NOW)[0]?.title).toBe('Index lost, made anew: the index is missing or damaged')
    expect(attemptsText(lost)).toBeNull()
  })
})
