import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { addBulkOptions, type BulkOptions, runBulk } from './run-bulk.ts'

/** The verbs that do one thing to shards: to one, as quietly as Lotus does it, or to several, which are planned first. */
type Operation = 'initialize' | 'recover' | 'reindex' | 'destroy'

interface Options extends BulkOptions {
  failed?: boolean
}

export const initializeShard = (verbs: Verbs) =>
  operation(verbs, 'initialize', 'fetch and index shards that were registered lazily').argument('<keys...>')
export const recoverShard = (verbs: Verbs) =>
  operation(verbs, 'recover', 'try failed shards again, from their mounts')
    .argument('[keys...]')
    .option('--failed', 'every shard that failed')
export const reindexShard = (verbs: Verbs) =>
  operation(verbs, 'reindex', 'make the indexes of shards anew').argument('<keys...>')
export const destroyShard = (verbs: Verbs) =>
  operation(verbs, 'destroy', 'forget shards and their indexes; the pieces stay').argument('<keys...>')

function operation(verbs: Verbs, what: Operation, summary: string) {
  return addBulkOptions(verbs.verb(`${what}-shard`, summary)).action(
    verbs.run(async (run, options: Options, keys: string[]) => {
      const [key] = keys
      if (options.failed === true && key !== undefined)
        throw usageError('Name keys, or give --failed for every failed shard; not both.')
      if (key === undefined && options.failed !== true) throw usageError('Name at least one key, or give --failed.')
      if (key === undefined) return runBulk(run, { verb: what, selection: { kind: 'all' } }, options)
      if (keys.length > 1 || options.dryRun === true)
        return runBulk(run, { verb: what, selection: { kind: 'keys', keys } }, options)
      const { shards } = await run.client()
      const row = await shards[what]({ key }, { signal: run.signal })
      await run.output.result(row, () => (what === 'destroy' ? `Destroyed shard ${row.key}` : []))
    }),
  )
}
