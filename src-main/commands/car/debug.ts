import type { Verbs } from '../verbs.ts'
import { mustNotBeJson } from './to-file-or-stdout.ts'
import { writeChunks } from './write-chunks.ts'

export const debug = (verbs: Verbs) =>
  verbs
    .verb('debug', 'a CAR as text that can be edited and compiled again')
    .argument('[car]', 'default: stdin')
    .option('-o, --output <file>', 'the text to write; default: stdout')
    .option('-f, --file <file>', 'the same')
    .action(
      verbs.run(async (run, options: { output?: string; file?: string }, given?: string) => {
        const car = given ?? '-'
        const { debugCar } = await import('../../engine/index.ts')
        const out = options.output ?? options.file
        const text = debugCar(car === '-' ? car : run.path(car), { name: car, signal: run.signal })
        if (out === undefined) mustNotBeJson(run)
        if (out === undefined) for await (const piece of text) await run.output.write(piece)
        else {
          await writeChunks(run.path(out), text)
          await run.output.result({ path: run.path(out) }, () => [])
        }
      }),
    )
