import type { ShardView } from '../../../src-shared/contract/index.ts'
import type { Output } from '../output.ts'
import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'

/** The verbs that do one thing to one shard and print its row. */
type Operation = 'initialize' | 'recover' | 'destroy'

export const initializeShard = (verbs: Verbs) =>
  operation(verbs, 'initialize', 'fetch and index a shard that was registered lazily')
export const recoverShard = (verbs: Verbs) => operation(verbs, 'recover', 'try a failed shard again, from its mount')
export const destroyShard = (verbs: Verbs) =>
  operation(verbs, 'destroy', 'forget a shard and its index; the piece stays')

export function shardLine(row: ShardView, { style }: Output): string {
  return `${row.key}  ${styleState(style, row.state)}${row.error === null ? '' : `  ${row.error}`}`
}

function operation(verbs: Verbs, what: Operation, summary: string) {
  return verbs
    .verb(`${what}-shard`, summary)
    .argument('<key>')
    .action(
      verbs.run(async (run, _options: object, key: string) => {
        const { shards } = await run.client()
        const row = await shards[what]({ key }, { signal: run.signal })
        await run.output.result(row, () => (what === 'destroy' ? `${row.key}  destroyed` : shardLine(row, run.output)))
      }),
    )
}
