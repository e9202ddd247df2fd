import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowArranger } from './arrange.ts'
import type { RowFilter } from './row-filter.ts'
import type { Ordering } from './sort-rows.ts'

interface Row {
  id: string
  size: number | null
}
const row = (id: string, size: number | null): Row => ({ id, size })
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id).join('')

const bySize: Ordering<Row> = {
  idOf: ({ id }) => id,
  keyOf: ({ size }) => size,
  descending: true,
  natural: false,
}

const order = (rows: readonly Row[], by: Ordering<Row>) => new RowArranger<Row>().update(rows, by, null, false)
const only = (keep: (row: Row) => boolean): RowFilter<Row> => ({
  keep,
  columns: [],
  chip: keep,
  words: [],
  alsoFound: null,
})

describe('the order of rows', () => {
  it('breaks ties by id and puts what is unknown last, in both directions', () => {
    const rows = [row('d', 1), row('c', null), row('b', 5), row('a', 1)]
    expect(ids(order(rows, bySize).rows)).toBe('badc')
    expect(ids(order(rows, { ...bySize, descending: false }).rows)).toBe('adbc')
  })

  it('reads numbers in names as numbers', () => {
    const names = ['file 10', 'file 9', 'File 1'].map((id) => row(id, 0))
    const { rows } = order(names, { ...bySize, keyOf: ({ id }) => id, natural: true, descending: false })
    expect(rows.map(({ id }) => id)).toEqual(['File 1', 'file 9', 'file 10'])
  })

  it('is the same whether it is reached at once or change by change', () => {
    const change = fc.array(fc.tuple(fc.constantFrom(...'abcdefghij'), fc.option(fc.integer({ min: 0, max: 20 }))))
    const big = only(({ size }) => size !== null && size > 8)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(change, fc.constantFrom('put', 'remove', 'shuffle')), { maxLength: 6 }),
        fc.array(fc.constantFrom('all', 'big'), { minLength: 6, maxLength: 6 }),
        (steps, filters) => {
          // Many more rows that stay as they are: a few changes among few rows are sorted anew.
          let rows: Row[] = Array.from({ length: 200 }, (_, n) => row(`z${n}`, n % 25))
          const arranger = new RowArranger<Row>()
          for (const [at, [changes, what]] of steps.entries()) {
            if (what === 'remove') rows = rows.filter(({ id }) => !changes.some(([changed]) => changed === id))
            else if (what === 'shuffle') rows = rows.toReversed()
            else {
              rows = rows.slice()
              for (const [id, size] of changes) {
                const known = rows.findIndex((each) => each.id === id)
                if (known === -1) rows.push(row(id, size))
                else rows[known] = row(id, size)
              }
            }
            const filter = filters[at] === 'big' ? big : null
            const { rows: arranged } = arranger.update(rows, bySize, filter, false)
            expect(arranged).toEqual(order(rows, bySize).rows.filter((each) => filter?.keep(each) ?? true))
          }
        },
      ),
    )
  })

  it('looks at a few rows only when a few of 100,000 change', () => {
    let looks = 0
    const counting = {
      ...bySize,
      keyOf: ({ size }: Row) => {
        looks++
        return size
      },
    }
    const many = Array.from({ length: 100_000 }, (_, n) => row(`k${n}`, n % 1000))
    const arranger = new RowArranger<Row>()
    arranger.update(many, counting, null, false)
    const changed = many.slice()
    changed[500] = row('k500', 7)
    looks = 0
    const { rows } = arranger.update(changed, counting, null, false)
    expect(looks).toBeLessThan(100)
    expect(rows).toHaveLength(many.length)
  })
})

describe('a filter', () => {
  it('keeps the order, and costs no sorting', () => {
    let looks = 0
    const counting = {
      ...bySize,
      keyOf: ({ size }: Row) => {
        looks++
        return size
      },
    }
    const rows = Array.from({ length: 1000 }, (_, n) => row(`k${n}`, n % 10))
    const arranger = new RowArranger<Row>()
    arranger.update(rows, counting, null, false)
    looks = 0
    const { rows: kept } = arranger.update(
      rows,
      counting,
      only(({ size }) => size !== 9),
      false,
    )
    expect(kept).toHaveLength(900)
    expect(kept[0]?.size).toBe(8)
    expect(looks).toBe(0)
  })
})

describe('rows that did not change', () => {
  it('are not asked again whether they pass', () => {
    let asked = 0
    const even = only(({ size }) => {
      asked++
      return size !== null && size % 2 === 0
    })
    const rows = Array.from({ length: 1000 }, (_, n) => row(`k${n}`, n))
    const arranger = new RowArranger<Row>()
    expect(arranger.update(rows, bySize, even, false).rows).toHaveLength(500)
    asked = 0
    const changed = rows.with(3, row('k3', 4))
    expect(arranger.update(changed, bySize, even, false).rows).toHaveLength(501)
    expect(asked).toBeLessThan(10)
  })
})

describe('rows under the pointer', () => {
  const start = [row('a', 9), row('b', 8), row('c', 7)]
  const shown = () => {
    const arranger = new RowArranger<Row>()
    arranger.update(start, bySize, null, false)
    return arranger
  }

  it('stay where they are, with their new content, while new ones wait', () => {
    const arranger = shown()
    const changed = [row('a', 1), start[1] as Row, start[2] as Row, row('n', 100)]
    const held = arranger.update(changed, bySize, null, true)
    expect(ids(held.rows)).toBe('abc')
    expect(held.rows[0]?.size).toBe(1)
    expect(held.waiting).toBe(1)
    expect(ids(arranger.update(changed, bySize, null, false).rows)).toBe('nbca')
  })

  it('go at once when they are gone, or no longer pass the filter', () => {
    expect(ids(shown().update(start.slice(1), bySize, null, true).rows)).toBe('bc')
    const arranger = new RowArranger<Row>()
    const keep = only(({ size }) => size !== 13)
    arranger.update(start, bySize, keep, false)
    expect(ids(arranger.update([row('a', 13), ...start.slice(1)], bySize, keep, true).rows)).toBe('bc')
  })

  it('stay when most of the others are new', () => {
    const many = Array.from({ length: 50 }, (_, n) => row(`n${n}`, n))
    const held = shown().update([...start, ...many], bySize, null, true)
    expect(ids(held.rows)).toBe('abc')
    expect(held.waiting).toBe(50)
  })

  it('are all shown at once where there were none', () => {
    const arranger = new RowArranger<Row>()
    arranger.update([], bySize, null, true)
    expect(ids(arranger.update(start, bySize, null, true).rows)).toBe('abc')
  })

  it('follow a new sorting or filter at once', () => {
    const arranger = shown()
    expect(ids(arranger.update(start, { ...bySize, descending: false }, null, true).rows)).toBe('cba')
    expect(
      ids(
        arranger.update(
          start,
          bySize,
          only(({ size }) => size !== 8),
          true,
        ).rows,
      ),
    ).toBe('ac')
  })
})
