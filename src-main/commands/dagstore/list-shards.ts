import { Option } from 'commander'
import type { ShardState } from '../../../src-shared/contract/index.ts'
import type { Verbs } from '../verbs.ts'
import { shardColumns } from './shard-text.ts'

interface Options {
  state?: ShardState
  failed?: boolean
}

export const listShards = (verbs: Verbs) =>
  verbs
    .verb('list-shards', 'list shards with their states')
    .addOption(
      new Option('--state <state>', 'only shards in this state').choices([
        'New',
        'Initializing',
        'Available',
        'Serving',
        'Recovering',
        'Errored',
      ]),
    )
    .option('--failed', 'only shards that failed')
    .action(
      verbs.run(async (run, { state, failed }: Options) => {
        const rows = await (await run.client()).shards.list({ state: state ?? null, failed: failed === true })
        await run.output.rows(rows, shardColumns(run.output.style), { empty: 'No shards.', brief: (row) => row.key })
      }),
    )
