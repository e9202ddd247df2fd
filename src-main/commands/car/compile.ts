import { existsSync } from 'node:fs'
import type { CarText } from '../../engine/index.ts'
import { CommandError, usageError } from '../failure.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { toFileOrStdout } from './to-file-or-stdout.ts'

export const compile = (verbs: Verbs) =>
  verbs
    .verb('compile', 'a CAR of the text that debug writes')
    .argument('[text]', 'default: stdin')
    .option(
      '-o, --output <car>',
      "the CAR to write; default: stdout, and for a CARv2 the name in the text's first line",
    )
    .option('-f, --file <car>', 'the same')
    .action(
      verbs.run(async (run, options: { output?: string; file?: string }, given?: string) => {
        const { compileCar, parseCarText, readText } = await import('../../engine/index.ts')
        const { signal } = run
        const source = given ?? '-'
        const text = parseCarText(await readText(source === '-' ? source : run.path(source), { signal }))
        const out = destination(run, options.output ?? options.file, text)
        const { roots, renamed, blockCount } = await toFileOrStdout(run, out, (path) =>
          compileCar(text, path, { signal }),
        )
        if (out === undefined) return
        const result = {
          path: run.path(out),
          version: text.version,
          roots: roots.map(String),
          blockCount,
          renamed: renamed.map(({ from, to }) => ({ from: from.toString(), to: to.toString() })),
        }
        await run.output.result(result, () => [])
      }),
    )

/** undefined: stdout. A CARv2 goes to the name that the text gives, but never over a file that is there. */
function destination(run: VerbRun, given: string | undefined, text: CarText): string | undefined {
  if (text.version === 1) return given === '-' ? undefined : given
  if (given !== undefined && given !== '-') return given
  if (given === '-' || text.name === '-' || text.name === '')
    throw usageError("cannot stream carv2's to stdout: name a file with --output")
  if (existsSync(run.path(text.name)))
    throw new CommandError('FILE_EXISTS', `${text.name} exists already. Name another file with --output.`)
  return text.name
}
