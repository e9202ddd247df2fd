import { describe, expect, it } from 'vitest'
import type { Column } from './column.ts'
import { RowSearch } from './row-search.ts'

interface Row {
  name: string
  note: string
}
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', width: 1, text: ({ name }) => name },
  { id: 'note', title: 'Note', width: 1, text: ({ note }) => note },
]

describe('the search in a table', () => {
  const search = new RowSearch(columns)
  it('finds rows with every word, in whatever column', () => {
    const test = search.test('  FILM backup')
    expect(test?.({ name: 'film.mp4', note: 'old Backup' })).toBe(true)
    expect(test?.({ name: 'film.mp4', note: '' })).toBe(false)
  })
  it('does nothing for an empty query', () => {
    expect(search.test('  ')).toBeNull()
  })
})
