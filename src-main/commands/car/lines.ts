import { usageError } from '../failure.ts'

/** Lines for the log of a verb of `car`: to stderr, as go-car's. */
export function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** `1` or `2`, as `--version` takes it. */
export function carVersion(given: string): 1 | 2 {
  if (given === '1') return 1
  if (given === '2') return 2
  throw usageError(`invalid CAR version ${given}: there are 1 and 2.`)
}
