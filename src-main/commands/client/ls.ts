import { InvalidArgumentError } from 'commander'
import type { DagEntry } from '../../../src-shared/contract/index.ts'
import type { Client } from '../connection.ts'
import { type NodePath, parseNodePath } from '../node-path.ts'
import type { Verbs } from '../verbs.ts'

interface Options {
  ipld?: boolean
  depth: number
}

/** A link, its name being the path from what was asked for. */
type Row = DagEntry

const PAGE = 1000

export const ls = (verbs: Verbs) =>
  verbs
    .verb('ls', 'list a folder, or the links of a node, of an import, a retrieval or a shard')
    .argument('<root>', 'ROOT, or ROOT/PATH')
    .option('--ipld', "links of blocks, as paths of IPLD's data model, instead of names in folders")
    .option('--depth <n>', 'go so many levels down', depth, 1)
    .addHelpText(
      'after',
      '\nExamples:\n  carport client ls bafybei…/2024\n  carport client ls --ipld --depth 2 bafybei…\nThe paths of --ipld are what "client retrieve --data-selector" takes.',
    )
    .action(
      verbs.run(async (run, { ipld, depth: levels }: Options, given: string) => {
        const options = { links: ipld === true, signal: run.signal }
        const rows = walk(await run.client(), parseNodePath(given), levels, options)
        await run.output.stream(rows, ({ name, cid, type, size }) =>
          run.output.quiet
            ? cid
            : `${cid}  ${(size === null ? '–' : String(size)).padStart(12)}  ${type.padEnd(9)}  ${name}`,
        )
      }),
    )

interface WalkOptions {
  links: boolean
  signal: AbortSignal
}

/** Depth first, each folder before what is in it. Links that lead back cannot be: CIDs are hashes. */
async function* walk(
  client: Client,
  at: NodePath,
  levels: number,
  options: WalkOptions,
  above = '',
): AsyncGenerator<Row, void, void> {
  for await (const entry of entriesOf(client, at, options)) {
    const name = above + entry.name
    yield { ...entry, name }
    const hasMore = options.links ? entry.type === 'node' : entry.type === 'directory'
    if (levels > 1 && hasMore) {
      const below = { root: at.root, path: at.path === '' ? entry.name : `${at.path}/${entry.name}` }
      yield* walk(client, below, levels - 1, options, `${name}/`)
    }
  }
}

async function* entriesOf(
  { dags }: Client,
  node: NodePath,
  { links, signal }: WalkOptions,
): AsyncGenerator<DagEntry, void, void> {
  let after: string | null = null
  do {
    const page: { entries: DagEntry[]; next: string | null } = await dags.list(
      { ...node, links, after, limit: PAGE },
      { signal },
    )
    yield* page.entries
    after = page.next
  } while (after !== null)
}

function depth(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9999.')
  return Number(text)
}
