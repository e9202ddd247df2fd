import { describe, expect, it } from 'vitest'
import { addSample, HISTORY_SECONDS, spanOf } from './rate-history.ts'

const EMPTY = { times: [], inRates: [], outRates: [] }

describe('the history of rates', () => {
  it('keeps one sample a second, the latest', () => {
    const first = addSample(EMPTY, 10_100, 1, 2)
    expect(addSample(first, 10_900, 3, 4)).toEqual({ times: [10], inRates: [3], outRates: [4] })
  })

  it('forgets what is older than the plot shows', () => {
    let history = EMPTY as ReturnType<typeof addSample>
    for (let second = 0; second < HISTORY_SECONDS + 50; second++) history = addSample(history, second * 1000, second, 0)
    expect(history.times).toHaveLength(HISTORY_SECONDS)
    expect(history.times[0]).toBe(50)
  })

  it('is shown in whole minutes, as far as it goes', () => {
    expect([[], [1000], [1000, 1061], [1000, 2000]].map((times) => spanOf({ times }))).toEqual([60, 60, 120, 300])
  })

  it('starts anew after the machine slept', () => {
    const history = addSample(addSample(EMPTY, 1000, 1, 1), 10_000_000, 2, 2)
    expect(history).toEqual({ times: [10_000], inRates: [2], outRates: [2] })
  })
})
