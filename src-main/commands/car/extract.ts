import { EXIT, usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { log } from './lines.ts'
import { mustNotBeJson } from './to-file-or-stdout.ts'

export const extract = (verbs: Verbs) =>
  verbs
    .verb('extract', 'write the files in a CAR')
    .alias('x')
    .argument('[path...]')
    .option('-f, --file <car>', 'the CAR to read; - for stdin')
    .option('-i, --input <car>', 'the same')
    .option('-o, --output <folder>', 'where to write, which must exist; - for one file to stdout', '.')
    .action(
      verbs.run(async (run, options: ExtractOptions, paths: string[]) => {
        const file = options.file ?? options.input
        if (file === undefined) throw usageError('a file source must be specified: --file CAR')
        const { extractFiles, STDIN, withCarFile } = await import('../../engine/index.ts')
        const toStdout = options.output === '-'
        if (toStdout) mustNotBeJson(run)
        const extracted: string[] = []
        const fileCount = await withCarFile(file === STDIN ? STDIN : run.path(file), (path) =>
          extractFiles(path, {
            paths,
            to: toStdout ? { write: (bytes) => run.output.write(bytes) } : { folder: run.path(options.output) },
            onExtracted: (name) => {
              extracted.push(name)
              if (run.verbose) log(name)
            },
            onSkipped: log,
            signal: run.signal,
          }),
        )
        if (!toStdout) await run.output.result({ fileCount, files: extracted }, () => [])
        log(fileCount === 0 ? 'no files extracted' : `extracted ${fileCount} file(s)`)
        if (fileCount === 0) run.exitCode = EXIT.failed
      }),
    )

interface ExtractOptions {
  file?: string
  input?: string
  output: string
}
