import type { BlockDescription } from '../../engine/index.ts'
import { EXIT, usageError } from '../failure.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { blockText } from './block-text.ts'
import { log } from './lines.ts'
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
        const text = (row: Row) => rowText(row, options)
        if (out === undefined) await run.output.stream(rows, text)
        else {
          await writeChunks(run.path(out), lines(rows, text))
          await run.output.result({ path: run.path(out) }, () => [])
        }
      }),
    )

interface ListOptions {
  unixfs?: boolean
  unixfsBlocks?: boolean
}

interface Row {
  cid: string
  path?: string
  /** With --verbose. */
  description?: BlockDescription
}

function rowText({ cid, path, description }: Row, { unixfsBlocks }: ListOptions): string {
  if (description !== undefined) return blockText(cid, description)
  return path === undefined ? cid : unixfsBlocks ? `${cid} ${path}` : path
}

async function* names(run: VerbRun, car: string): AsyncGenerator<Row> {
  if (car === '-') throw usageError('must provide file to read from: names need random access.')
  const { listUnixfs } = await import('../../engine/index.ts')
  const onSkipped = (line: string) => {
    log(line)
    run.exitCode = EXIT.failed
  }
  for await (const { path, cid } of listUnixfs(run.path(car), { signal: run.signal, onSkipped }))
    yield { path, cid: cid.toString() }
}

async function* sections(run: VerbRun, car: string): AsyncGenerator<Row> {
  const { describeBlock, openCarStream } = await import('../../engine/index.ts')
  const stream = await openCarStream(car === '-' ? car : run.path(car), { signal: run.signal })
  for await (const { cid, bytes } of stream.sections)
    yield { cid: cid.toString(), ...(run.verbose ? { description: describeBlock(cid, bytes) } : {}) }
}

async function* lines(rows: AsyncIterable<Row>, text: (row: Row) => string): AsyncGenerator<string> {
  for await (const row of rows) yield `${text(row)}\n`
}
