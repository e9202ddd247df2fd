import type { MigrationImport, MigrationShard, MigrationSummary } from '../../../src-shared/contract/index.ts'
import type { Output } from '../output.ts'
import type { Style } from '../style.ts'
import { formatTable } from '../table.ts'
import type { Told } from './sources.ts'

/** A plan for people: what will be done, row by row where there is something to say, and the counts last. */
export function planText(output: Output, told: Told<{ summary: MigrationSummary }>): string[] {
  const { style } = output
  const width = process.stdout.isTTY ? process.stdout.columns : null
  const lines: string[] = []
  if (told.shards.length > 0) lines.push(...formatTable(told.shards, shardColumns(style), style, width), '')
  if (told.imports.length > 0) lines.push(...formatTable(told.imports, importColumns(style), style, width), '')
  return [...lines, ...countText(told)]
}

function countText({ imports: rows, done: { summary } }: Told<{ summary: MigrationSummary }>): string[] {
  const { deals, shards, imports } = summary
  const verdicts = (verdict: MigrationImport['verdict']) => rows.filter((row) => row.verdict === verdict).length
  return [
    `${deals.total} deals, ${deals.eligible} of them eligible`,
    [
      `${shards.register} shards to register${unreadableText(shards.unreadable)}`,
      ...[`${shards.present} present`, `${shards.skip} skipped`],
      ...(shards.fail === 0 ? [] : [`${shards.fail} will fail`]),
    ].join(', '),
    ...(rows.length === 0
      ? []
      : [
          `${rows.length} imports: ${verdicts('good')} good, ${verdicts('broken')} broken, ${verdicts('legacy')} legacy`,
          `${imports.takeOver} to be taken over, ${imports.importAgain} imported again, ${imports.present} present, ${imports.skip} skipped`,
        ]),
  ]
}

/** Of shards that are or will be registered. */
export function unreadableText(count: number): string {
  return count === 0 ? '' : `, ${count} of which cannot be read yet`
}

const ACTION_STYLE = { register: 'good', present: 'faint', skip: 'faint', fail: 'bad' } as const
const IMPORT_ACTION_STYLE = { 'take-over': 'good', 'import-again': 'good', present: 'faint', skip: 'faint' } as const
const VERDICT_STYLE = { good: 'good', broken: 'bad', legacy: 'warning' } as const

const shardColumns = (style: Style) => [
  { title: 'SHARD', text: (row: MigrationShard) => row.key },
  { title: 'ACTION', text: (row: MigrationShard) => style[ACTION_STYLE[row.action]](row.action) },
  { title: 'PIECE', text: (row: MigrationShard) => row.pieceState ?? '' },
  { title: 'REASON', text: (row: MigrationShard) => row.reason ?? '', below: true },
]

const importColumns = (style: Style) => [
  { title: 'IMPORT', text: (row: MigrationImport) => row.id },
  { title: 'VERDICT', text: (row: MigrationImport) => style[VERDICT_STYLE[row.verdict]](row.verdict) },
  { title: 'ACTION', text: (row: MigrationImport) => style[IMPORT_ACTION_STYLE[row.action]](row.action) },
  { title: 'SOURCE', text: (row: MigrationImport) => row.source, shrinks: true },
  { title: 'REASON', text: (row: MigrationImport) => row.reason ?? '', below: true },
]
