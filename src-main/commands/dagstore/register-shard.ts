import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { addBulkOptions, type BulkOptions, runBulk } from './run-bulk.ts'

interface Options extends BulkOptions {
  url?: string
  lazy?: boolean
}

export const registerShard = (verbs: Verbs) =>
  addBulkOptions(
    verbs
      .verb('register-shard', 'register pieces as shards')
      .argument('<keys...>', 'piece CIDs')
      .option('--url <url>', 'where the bytes of one are (default: lotus://KEY, the piece store)')
      .option('--lazy', 'index it when it is first acquired'),
  ).action(
    verbs.run(async (run, options: Options, keys: string[]) => {
      const { url = null, dryRun } = options
      const [key] = keys
      const lazy = options.lazy === true
      if (key === undefined || keys.length > 1 || dryRun === true) {
        if (url !== null && keys.length !== 1) throw usageError('--url is for one shard.')
        return runBulk(run, { verb: 'register', selection: { kind: 'keys', keys }, lazy, url }, options)
      }
      const row = await (await run.client()).shards.register({ key, url, lazy })
      await run.output.result(row, () => `Registered shard ${row.key}`)
    }),
  )
