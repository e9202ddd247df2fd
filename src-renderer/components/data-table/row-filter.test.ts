import { describe, expect, it } from 'vitest'
import type { Column } from './column.ts'
import { narrows, rowFilter } from './row-filter.ts'

interface Row {
  name: string
  note: string
}
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', width: 1, text: ({ name }) => name },
  { id: 'note', title: 'Note', width: 1, text: ({ note }) => note },
  { id: 'size', title: 'Size', width: 1, end: true, text: () => '7 MiB' },
  { id: 'lazy', title: 'Lazy', width: 1, unsearched: true, text: () => 'yes' },
]
const film = { name: 'film.mp4', note: 'old Backup' }
const idOf = ({ name }: Row) => name
const search = (query: string, alsoFound: ReadonlySet<string> | null = null) =>
  rowFilter(columns, null, query, idOf, alsoFound)

describe('the search in a table', () => {
  it('finds rows with every word, in whatever column', () => {
    expect(search('  FILM backup')?.keep(film)).toBe(true)
    expect(search('film backup')?.keep({ name: 'film.mp4', note: '' })).toBe(false)
  })

  it('does not look at numbers, nor at columns that say nothing without their title', () => {
    expect(search('mib')?.keep(film)).toBe(false)
    expect(search('yes')?.keep(film)).toBe(false)
  })

  it('finds what is known otherwise, within the chip', () => {
    const found = new Set(['film.mp4'])
    expect(search('bafy', found)?.keep(film)).toBe(true)
    expect(rowFilter(columns, ({ note }) => note === '', 'bafy', idOf, found)?.keep(film)).toBe(false)
  })

  it('is none for an empty query', () => {
    expect(search('  ')).toBeNull()
  })
})

describe('a filter for more', () => {
  const isOld = ({ note }: Row) => note.startsWith('old')
  const filter = (query: string, chip: typeof isOld | null = null, found: ReadonlySet<string> | null = null) => {
    const made = rowFilter(columns, chip, query, idOf, found)
    if (made === null) throw new Error('Nothing is asked.')
    return made
  }

  it('narrows the one before it: a letter more, a word more, a chip on top', () => {
    expect(narrows(filter('fil'), filter('fi'))).toBe(true)
    expect(narrows(filter('fil back'), filter('fil'))).toBe(true)
    expect(narrows(filter('fil', isOld), filter('fil'))).toBe(true)
  })

  it('does not narrow what let less through, or what it knows nothing about', () => {
    expect(narrows(filter('fi'), filter('fil'))).toBe(false)
    expect(narrows(filter('back'), filter('fil'))).toBe(false)
    expect(narrows(filter('fil'), filter('fil', isOld))).toBe(false)
    expect(narrows(filter('fil', null, new Set(['x'])), filter('fi'))).toBe(false)
    expect(narrows(filter('fil'), null)).toBe(false)
  })
})
