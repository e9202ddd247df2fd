import { createStore, type StoreApi } from 'zustand/vanilla'

/** Rates of the last minutes, one sample a second, oldest first. Arrays of equal length, as a plot wants them. */
export interface RateHistory {
  /** Seconds since the epoch. */
  times: number[]
  inRates: number[]
  outRates: number[]
}

export const HISTORY_SECONDS = 300

const SHORTEST_SECONDS = 60

/** How much time a plot shows: what there is, at least a minute. */
export function spanOf({ times }: Pick<RateHistory, 'times'>): number {
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return Math.min(HISTORY_SECONDS, Math.max(SHORTEST_SECONDS, Math.ceil(seconds / 60) * 60))
}

/** A sample of the same second replaces the earlier one; what is older than the window of time is dropped. */
export function addSample(history: RateHistory, atMs: number, inRate: number, outRate: number): RateHistory {
  const second = Math.floor(atMs / 1000)
  const keep = (values: number[]) => values.slice(first, end)
  const end = history.times.at(-1) === second ? -1 : undefined
  const found = history.times.findIndex((time) => time > second - HISTORY_SECONDS)
  const first = found === -1 ? history.times.length : found
  return {
    times: [...keep(history.times), second],
    inRates: [...keep(history.inRates), inRate],
    outRates: [...keep(history.outRates), outRate],
  }
}

/** Samples every second whatever the status stream does, so that an idle engine draws a line of zeros. */
export function createRateHistory(currentRates: () => { inRate: number; outRate: number }): StoreApi<RateHistory> {
  const store = createStore<RateHistory>(() => ({ times: [], inRates: [], outRates: [] }))
  const sample = () => {
    const { inRate, outRate } = currentRates()
    store.setState(addSample(store.getState(), Date.now(), inRate, outRate), true)
  }
  sample()
  setInterval(sample, 1000)
  return store
}
