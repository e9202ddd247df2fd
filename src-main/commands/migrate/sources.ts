import type { Command } from 'commander'
import type {
  MigrationDeal,
  MigrationImport,
  MigrationPlanEvent,
  MigrationRunEvent,
  MigrationShard,
} from '../../../src-shared/contract/index.ts'
import type { VerbRun } from '../verb-run.ts'

export interface SourceOptions {
  lotusMiner?: string
  lotus?: string
}

/** Where to migrate from, the same for all verbs that need it. */
export function addSourceOptions(command: Command): Command {
  return command
    .option('--lotus-miner <dir>', 'repository of a lotus-miner: its deals become shards')
    .option('--lotus <dir>', 'repository of a Lotus client: its imports are taken over')
    .addHelpText(
      'after',
      "\nWithout either, Carport's own deals. Lotus' directories are only read, from a copy of their metadata.",
    )
}

export function sourcesOf(run: VerbRun, { lotusMiner, lotus }: SourceOptions) {
  const path = (given: string | undefined) => (given === undefined ? null : run.path(given))
  return { lotusMiner: path(lotusMiner), lotus: path(lotus) }
}

/** What a plan or a run told, gathered. */
export interface Told<Done> {
  deals: MigrationDeal[]
  shards: MigrationShard[]
  imports: MigrationImport[]
  done: Done
}

type Event = MigrationPlanEvent | MigrationRunEvent
type DoneOf<Any extends Event> = Extract<Any, { type: 'done' }>

/** Reads a migration to its end; with --json=lines every event is printed as it comes. */
export async function gather<Any extends Event>(
  run: VerbRun,
  events: AsyncIterable<Any>,
  onEvent: (event: Any) => void = () => {},
): Promise<Told<DoneOf<Any>>> {
  const told: Omit<Told<never>, 'done'> = { deals: [], shards: [], imports: [] }
  let done: DoneOf<Any> | null = null
  for await (const event of events) {
    if (event.type === 'progress') {
      run.progress.show(event.progress)
      continue
    }
    if (run.output.json === 'lines') await run.output.write(`${JSON.stringify(event)}\n`)
    if (event.type === 'rows') {
      told.deals.push(...event.deals)
      told.shards.push(...event.shards)
      told.imports.push(...event.imports)
    }
    if (event.type === 'done') done = event as DoneOf<Any>
    onEvent(event)
  }
  run.progress.clear()
  if (done === null) throw run.signal.reason
  return { ...told, done }
}
