import type { MigrationImport, MigrationShard } from '../../../src-shared/contract/index.ts'
import type { Output } from '../output.ts'
import type { Style } from '../style.ts'
import { formatTable } from '../table.ts'
import type { Told } from './sources.ts'

/** A plan for people: what will be done, row by row where there is something to say, and the counts last. */
export function planText(output: Output, told: Told<{ warnings: string[] }>): string[] {
  const { style } = output
  const width = process.stdout.isTTY ? process.stdout.columns : null
  const lines: string[] = []
  if (told.shards.length > 0) lines.push(...formatTable(told.shards, shardColumns(style), style, width), '')
  if (told.imports.length > 0) lines.push(...formatTable(told.imports, importColumns(style), style, width), '')
  return [...lines, ...countText(told)]
}

function countText({ deals, shards, imports }: Told<unknown>): string[] {
  const eligible = deals.filter((deal) => deal.eligible).length
  const count = (action: MigrationShard['action']) => shards.filter((row) => row.action === action).length
  const unreadable = shards.filter((row) => row.action === 'register' && row.reason !== null).length
  const does = (action: MigrationImport['action']) => imports.filter((row) => row.action === action).length
  const verdicts = (verdict: MigrationImport['verdict']) => imports.filter((row) => row.verdict === verdict).length
  return [
    `${deals.length} deals, ${eligible} of them eligible`,
    `${count('register')} shards to register, ${count('present')} present, ${count('skip')} skipped` +
      (unreadable === 0 ? '' : `; ${unreadable} cannot be read yet`),
    ...(imports.length === 0
      ? []
      : [
          `${imports.length} imports: ${verdicts('good')} good, ${verdicts('broken')} broken, ${verdicts('legacy')} legacy`,
          `${does('take-over')} to be taken over, ${does('import-again')} imported again, ${does('present')} present, ${does('skip')} skipped`,
        ]),
  ]
}

const ACTION_STYLE = { register: 'good', present: 'faint', skip: 'faint' } as const
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
