import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion } from './lines.ts'
import { toFileOrStdout } from './to-file-or-stdout.ts'

export const concat = (verbs: Verbs) =>
  verbs
    .verb('concat', 'the sections of several CARs behind each other')
    .argument('<car...>')
    .option('-o, --output <car>', 'the CAR to write; default: stdout')
    .option('-f, --file <car>', 'the same')
    .option('--version <version>', 'of the CAR written, 1 or 2', '1')
    .action(
      verbs.run(async (run, options: { output?: string; file?: string; version: string }, cars: string[]) => {
        if (cars.length === 0) throw usageError('at least one car must be specified')
        const { concatCars } = await import('../../engine/index.ts')
        const version = carVersion(options.version)
        const out = options.output ?? options.file
        const paths = cars.map((car) => run.path(car))
        const written = await toFileOrStdout(run, out, (path) =>
          concatCars(paths, path, { version, signal: run.signal }),
        )
        if (out !== undefined) await run.output.result({ path: run.path(out), ...written }, () => [])
      }),
    )
