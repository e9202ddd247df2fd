import { usageError } from '../failure.ts'
import { parseNodePath } from '../node-path.ts'
import { wholeNumber } from '../number-option.ts'
import type { Verbs } from '../verbs.ts'

interface Options {
  offset: number
  length?: number
}

export const cat = (verbs: Verbs) =>
  verbs
    .verb('cat', 'stream a file that an import, a retrieval or a shard holds to stdout')
    .argument('<root>', 'ROOT, or ROOT/PATH for a file in a folder')
    .option('--offset <bytes>', 'begin at this byte', wholeNumber, 0)
    .option('--length <bytes>', 'write at most so many bytes', wholeNumber)
    .addHelpText('after', '\nExamples:\n  carport client cat bafybei…/notes.txt\n  carport client cat bafybei… | mpv -')
    .action(
      verbs.run(async (run, { offset, length }: Options, given: string) => {
        if (run.output.json !== 'off') throw usageError('cat writes the bytes of a file: it has no --json.')
        const range = { start: offset, end: length === undefined ? null : offset + length }
        const { readFile } = await run.connection()
        for await (const part of readFile(parseNodePath(given), range, run.signal)) await run.output.write(part)
      }),
    )
