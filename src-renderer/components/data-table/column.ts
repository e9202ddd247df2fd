import type { ReactNode } from 'react'
import type { SortKey } from './sort-rows.ts'

/** One column of a table. */
export interface Column<Row> {
  id: string
  title: string
  /** The title is only for assistive technology: the cells are signs that need none. */
  narrowTitle?: boolean
  /** Pixels. */
  width: number
  /** Takes the room that the others leave. One column of a table should. */
  grow?: boolean
  /** Numbers stand at the right. */
  end?: boolean
  /** In plain words: what the search looks at, and what is shown without `cell`. */
  text: (row: Row) => string
  /** What a saved file contains: bytes instead of `1.2 GiB`. The text when left out. */
  value?: (row: Row) => string | number | boolean | null
  /** Its title in a saved file, with the unit. */
  fileTitle?: string
  /** The search does not look at it: its words say nothing without the title. Columns of numbers are left out anyway. */
  unsearched?: boolean
  /** What it sorts by; the text when left out. */
  sortBy?: (row: Row) => SortKey
  /** Texts with numbers in them sort as a person expects. */
  natural?: boolean
  cell?: (row: Row) => ReactNode
  /** Not shown until chosen. */
  optional?: boolean
  /** Leaves when the room is short, the lowest number first. A column that the user chose stays. */
  yields?: number
}

/** A filter with its count: `Errored 12`. */
export interface Chip<Row> {
  id: string
  label: string
  test: (row: Row) => boolean
  /** Left out of the bar while nothing is in it. */
  onlyWithRows?: boolean
}

/** How the user looks at a table. Kept by the owner of the table. */
export interface TableView {
  sort: { column: string; descending: boolean }
  chip: string
  query: string
  /** Pixels by column id, where the user changed them. */
  widths: Record<string, number>
  /** Shown or not by column id, where it differs from the column's own. */
  visible: Record<string, boolean>
}

export type RowDensity = 'compact' | 'normal' | 'comfortable'

export const ROW_PX: Record<RowDensity, number> = { compact: 26, normal: 32, comfortable: 40 }
