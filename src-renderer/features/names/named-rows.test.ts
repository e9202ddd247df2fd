import { describe, expect, it } from 'vitest'
import { RowNamer } from './named-rows.ts'

interface Row {
  root: string
}
const rootOf = ({ root }: Row) => root

describe('names on rows', () => {
  it('keep the identity of rows that did not change', () => {
    const namer = new RowNamer<Row>()
    const rows = [{ root: 'a' }, { root: 'b' }]
    const names = new Map([['a', 'film.mkv']])
    const first = namer.name(rows, rootOf, names)
    expect(first.map(({ name }) => name)).toEqual(['film.mkv', null])
    const later = namer.name([...rows, { root: 'c' }], rootOf, new Map([...names, ['b', 'set']]))
    expect(later[0]).toBe(first[0])
    expect(later[1]).not.toBe(first[1])
    expect(later[1]?.name).toBe('set')
  })
})
