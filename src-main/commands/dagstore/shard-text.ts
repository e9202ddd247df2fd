import type { ShardView } from '../../../src-shared/contract/index.ts'
import { type Style, styleState } from '../style.ts'
import type { Column } from '../table.ts'
import { sizeText } from '../view-text.ts'

export function shardColumns(style: Style): Array<Column<ShardView>> {
  return [
    { title: 'KEY', text: (row) => row.key },
    { title: 'STATE', text: (row) => styleState(style, row.state) },
    { title: 'SIZE', text: (row) => sizeText(row.sizeBytes), align: 'right', optional: true },
    { title: 'INDEX', text: (row) => sizeText(row.indexBytes), align: 'right', optional: true },
    { title: 'READERS', text: (row) => String(row.readers), align: 'right', optional: true },
    { title: 'ERROR', text: (row) => row.error ?? '', below: true },
  ]
}
