import { usageError } from '../failure.ts'
import { withFileTools } from '../file-work.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion } from './lines.ts'

export const create = (verbs: Verbs) =>
  verbs
    .verb('create', 'make a CAR of files and folders')
    .alias('c')
    .argument('<path...>')
    .option('-f, --file <car>', 'the CAR to write')
    .option('-o, --output <car>', 'the same')
    .option('--no-wrap', 'no folder around a single file')
    .option('--version <version>', 'of the CAR written, 1 or 2', '2')
    .action(
      verbs.run(async (run, options: CreateOptions, paths: string[]) => {
        const out = options.file ?? options.output
        if (out === undefined) throw usageError('a file destination must be specified: --file CAR')
        const version = carVersion(options.version)
        const { root } = await withFileTools(run, (tools, work) =>
          tools.createCar(
            paths.map((path) => run.path(path)),
            run.path(out),
            { ...work, version, wrap: options.wrap },
          ),
        )
        const result = { root: root.toString(), path: run.path(out) }
        // go-car prints nothing here; the root is on stdout only where it was asked for.
        await run.output.result(
          result,
          () => [],
          () => result.root,
        )
      }),
    )

interface CreateOptions {
  file?: string
  output?: string
  wrap: boolean
  version: string
}
