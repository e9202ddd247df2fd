import { buildGoCarOracle, GoCarOracle, type GoCarRequest } from '../../src-main/engine/testing/go-car-oracle.ts'
import { type BenchContext, secondsOf } from '../harness.ts'

export interface GoCar {
  /** Seconds that go-car takes for it. */
  measure(request: GoCarRequest): Promise<number>
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
    measure: (request) =>
      secondsOf(async () => {
        const { error } = await oracle.ask(request)
        if (error !== undefined) throw new Error(`go-car: ${error}`)
      }),
    close: () => oracle.close(),
  }
}

/** Takes too long for every round: measured in the first, which warms up, and kept. */
export function onceOf(measure: () => Promise<number>): () => Promise<number> {
  let kept: Promise<number> | null = null
  return () => {
    kept ??= measure()
    return kept
  }
}
