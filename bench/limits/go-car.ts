import {
  buildGoCarOracle,
  type GoCarBenchOp,
  GoCarOracle,
  type GoCarRequest,
} from '../../src-main/engine/testing/go-car-oracle.ts'
import type { BenchContext } from '../harness.ts'

export type GoCarWork = Omit<GoCarRequest, 'op'> & { op: GoCarBenchOp }

export interface GoCar {
  /** Seconds that go-car takes for it, measured by itself. */
  measure(work: GoCarWork): Promise<number>
  close(): void
}

/** go-car, the library that Lotus uses, built on demand; null, with a note, where there is no Go or no way to its modules. */
export async function startGoCar(context: BenchContext): Promise<GoCar | null> {
  const program = await buildGoCarOracle()
  if (program === null) {
    context.note('not compared with go-car: there is no Go here, or no way to its modules')
    return null
  }
  const oracle = new GoCarOracle(program)
  return {
    async measure(work) {
      const { error, seconds, memoryMiB } = await oracle.ask(work)
      if (error !== undefined || seconds === undefined) throw new Error(`go-car: ${error ?? 'no seconds'}`)
      context.note(`go-car, ${work.op}: ${seconds.toFixed(3)} s, ${memoryMiB} MiB of memory`)
      return seconds
    },
    close: () => oracle.close(),
  }
}

export const GO_CAR_WHAT = 'go-car library v2.17'

/** Takes too long for every round: measured in the first, which warms up, and kept. */
export function onceOf<Measured>(measure: () => Promise<Measured>): () => Promise<Measured> {
  let kept: Promise<Measured> | null = null
  return () => {
    kept ??= measure()
    return kept
  }
}
