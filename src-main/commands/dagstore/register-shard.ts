import type { Verbs } from '../verbs.ts'
import { shardLine } from './shard-operations.ts'

interface Options {
  url?: string
  lazy?: boolean
}

export const registerShard = (verbs: Verbs) =>
  verbs
    .verb('register-shard', 'register a piece as a shard')
    .argument('<key>', 'piece CID')
    .option('--url <url>', 'where its bytes are (default: lotus://KEY, the piece store)')
    .option('--lazy', 'index it when it is first acquired')
    .action(
      verbs.run(async (run, { url, lazy }: Options, key: string) => {
        const client = await run.client()
        const row = await client.shards.register({ key, url: url ?? null, lazy: lazy === true })
        await run.output.result(row, () => shardLine(row, run.output))
      }),
    )
