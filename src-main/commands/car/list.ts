import { usageError } from '../failure.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { blockText } from './block-text.ts'
import { writeChunks } from './write-chunks.ts'

export const list = (verbs: Verbs) =>
  verbs
    .verb('list', 'the CIDs in a CAR, or with --unixfs the names of its files')
    .aliases(['l', 'ls'])
    .argument('[car]', 'default: stdin')
    .argument('[out]')
    .option('--unixfs', 'names of files and folders from the roots')
    .option('--unixfs-blocks', 'the same, each behind its CID')
    .action(
      verbs.run(async (run, options: ListOptions, given?: string, out?: string) => {
        const car = given ?? '-'
        const rows = options.unixfs || options.unixfsBlocks ? names(run, car) : sections(run, car)
        const text = (row: Row) => (options.unixfsBlocks ? `${row.cid} ${row.path}` : (row.text ?? row.path ?? row.cid))
        if (out === undefined) await run.output.stream(rows, text)
        else await writeChunks(run.path(out), lines(rows, text))
      }),
    )

interface ListOptions {
  unixfs?: boolean
  unixfsBlocks?: boolean
}

interface Row {
  cid: string
  path?: string
  /** For a person, where it is more than the CID. */
  text?: string
}

async function* names(run: VerbRun, car: string): AsyncGenerator<Row> {
  if (car === '-') throw usageError('must provide file to read from: names need random access.')
  const { listUnixfs } = await import('../../engine/index.ts')
  for await (const { path, cid } of listUnixfs(run.path(car), { signal: run.signal }))
    yield { path, cid: cid.toString() }
}

async function* sections(run: VerbRun, car: string): AsyncGenerator<Row> {
  const { openCarStream } = await import('../../engine/index.ts')
  const stream = await openCarStream(car === '-' ? car : run.path(car), { signal: run.signal })
  for await (const { cid, bytes } of stream.sections)
    yield run.verbose ? { cid: cid.toString(), text: await blockText(cid, bytes) } : { cid: cid.toString() }
}

async function* lines(rows: AsyncIterable<Row>, text: (row: Row) => string): AsyncGenerator<string> {
  for await (const row of rows) yield `${text(row)}\n`
}
