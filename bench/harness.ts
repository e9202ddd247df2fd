/**
 * What a benchmark file is written against. A benchmark runs in a process of its own, so that one does not warm or
 * fill the heap of the next. Work and its limit are measured in turn, round by round, because the speed of a shared
 * machine drifts by half within a minute: only their ratio says something.
 */
import { RssSampler } from './rss-sampler.ts'

/** One file `bench/p<n>-<name>.ts` exports one of these as `benchmark`, and is listed in registry.ts. */
export interface Benchmark {
  /** As in the table of targets, e.g. `P1`. */
  id: string
  title: string
  /** Makes its data in `context.directory`, and returns one figure per row, usually from `context.compare`. */
  run(context: BenchContext): Promise<Figure[]>
}

export interface BenchContext {
  /** A temporary folder, removed afterwards whatever happens. */
  readonly directory: string
  /** Smaller inputs: all benchmarks together end within five minutes. Targets hold for the full size. */
  readonly quick: boolean
  /** A line for a person, on stderr. */
  note(text: string): void
  compare(comparison: Comparison): Promise<Figure>
}

export interface Comparison {
  what: string
  unit: string
  /** Whether more or less of the unit is better. Default more. */
  better?: 'more' | 'less'
  /** Does the work once and returns its value in `unit`. */
  work(): Promise<number> | number
  /** The same for what the machine, or the next best program, can do. */
  limit?(): Promise<number> | number
  limitWhat?: string
  /** `ratio`: value/limit (for times limit/value) must be at least this. `value`: the value itself must be as good. */
  target: { ratio: number } | { value: number }
  /** Also fails the figure when the resident set grows by more. */
  maxRssMiB?: number
  /** Measured rounds after one that warms up. Default 5, with `--quick` 3. */
  rounds?: number
}

/** One row of `--json`. */
export interface Figure {
  id: string
  what: string
  /** Median of the measured rounds. */
  value: number
  unit: string
  limit: number | null
  limitWhat: string | null
  /** More is better: value/limit, for times limit/value. */
  ratio: number | null
  target: number
  targetOf: 'ratio' | 'value'
  ok: boolean
  /** Most that the resident set grew by during the work, workers included. */
  rssMiB: number
  samples: { value: number[]; limit: number[] }
}

export function createContext(id: string, directory: string, quick: boolean): BenchContext {
  return {
    directory,
    quick,
    note: (text) => void process.stderr.write(`  ${text}\n`),
    compare: (comparison) => compare(id, comparison, quick),
  }
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

async function compare(id: string, comparison: Comparison, quick: boolean): Promise<Figure> {
  const rounds = comparison.rounds ?? (quick ? 3 : 5)
  const values: number[] = []
  const limits: number[] = []
  const sampler = await RssSampler.start()
  let rssMiB = 0
  try {
    for (let round = 0; round <= rounds; round++) {
      const limit = await comparison.limit?.()
      sampler.reset()
      const value = await comparison.work()
      rssMiB = Math.max(rssMiB, sampler.growthMiB())
      if (round === 0) continue
      values.push(value)
      if (limit !== undefined) limits.push(limit)
    }
  } finally {
    await sampler.stop()
  }
  return figure(id, comparison, values, limits, rssMiB)
}

function figure(id: string, comparison: Comparison, values: number[], limits: number[], rssMiB: number): Figure {
  const less = comparison.better === 'less'
  const value = median(values)
  const limit = limits.length === 0 ? null : median(limits)
  const ratio = limit === null ? null : less ? limit / value : value / limit
  const targetOf = 'ratio' in comparison.target ? 'ratio' : 'value'
  const target = 'ratio' in comparison.target ? comparison.target.ratio : comparison.target.value
  const reached = targetOf === 'ratio' ? ratio !== null && ratio >= target : less ? value <= target : value >= target
  return {
    id,
    what: comparison.what,
    value,
    unit: comparison.unit,
    limit,
    limitWhat: comparison.limitWhat ?? null,
    ratio,
    target,
    targetOf,
    ok: reached && rssMiB <= (comparison.maxRssMiB ?? Number.POSITIVE_INFINITY),
    rssMiB: Math.round(rssMiB),
    samples: { value: values, limit: limits },
  }
}
