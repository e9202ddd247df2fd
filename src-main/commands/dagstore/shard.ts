import type { ShardDetail } from '../../../src-shared/contract/index.ts'
import type { Output } from '../output.ts'
import { lotusDealsText } from '../pieces/piece-text.ts'
import { styleState } from '../style.ts'
import { formatFields } from '../table.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const shard = (verbs: Verbs) =>
  verbs
    .verb('shard', 'one shard, with its attempts, copies and deals')
    .argument('<key>')
    .action(
      verbs.run(async (run, _options: object, key: string) => {
        const detail = await (await run.client()).shards.get({ key })
        await run.output.result(
          detail,
          () => shardText(detail, run.output),
          () => detail.state,
        )
      }),
    )

function shardText(detail: ShardDetail, { style }: Output): string[] {
  const fields = formatFields(
    [
      ['Key', detail.key],
      ['State', styleState(style, detail.state)],
      ['Error', detail.error],
      ['Mount', detail.url],
      ['Size', sizeText(detail.sizeBytes)],
      ['Blocks', detail.blockCount === null ? null : String(detail.blockCount)],
      ['Index', detail.indexCodec === null ? null : `${detail.indexCodec}, ${sizeText(detail.indexBytes)}`],
      ['Readers', String(detail.readers)],
      ['Lazy', detail.lazy ? 'yes' : null],
      ['Deals', detail.deals.length === 0 ? null : detail.deals.join(', ')],
      ['Deals in Lotus', lotusDealsText(detail.lotusDeals)],
    ],
    style,
  )
  const copies = detail.copies.map(
    ({ kind, path, exists, sizeBytes }) =>
      `  ${kind.padEnd(9)}  ${path}  ${exists ? sizeText(sizeBytes) : 'not there'}`,
  )
  const attempts = detail.attempts.map(
    ({ at, op, state, error }) => `  ${style.faint(at)}  ${op}  ${state}${error === null ? '' : `  ${error}`}`,
  )
  return [
    ...fields,
    ...(copies.length === 0 ? [] : [style.heading('Copies'), ...copies]),
    ...(attempts.length === 0 ? [] : [style.heading('Attempts'), ...attempts]),
  ]
}
