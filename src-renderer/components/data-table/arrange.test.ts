import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ordering, order, RowArranger } from './arrange.ts'

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
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 6 }), (steps) => {
        let rows: Row[] = []
        let ordered = order<Row>(rows, bySize)
        for (const [changes, removing] of steps) {
          if (removing) rows = rows.filter(({ id }) => !changes.some(([changed]) => changed === id))
          else {
            rows = rows.slice()
            for (const [id, size] of changes) {
              const at = rows.findIndex((known) => known.id === id)
              if (at === -1) rows.push(row(id, size))
              else rows[at] = row(id, size)
            }
          }
          ordered = order(rows, bySize, ordered)
          expect(ordered.rows).toEqual(order(rows, bySize).rows)
        }
      }),
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
    const first = order(many, counting)
    const changed = many.slice()
    changed[500] = row('k500', 7)
    looks = 0
    const next = order(changed, counting, first)
    expect(looks).toBeLessThan(100)
    expect(next.rows).toHaveLength(first.rows.length)
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
    const { rows: kept } = arranger.update(rows, counting, ({ size }) => size !== 9, false)
    expect(kept).toHaveLength(900)
    expect(kept[0]?.size).toBe(8)
    expect(looks).toBe(0)
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
    const keep = ({ size }: Row) => size !== 13
    arranger.update(start, bySize, keep, false)
    expect(ids(arranger.update([row('a', 13), ...start.slice(1)], bySize, keep, true).rows)).toBe('bc')
  })

  it('follow a new sorting or filter at once', () => {
    const arranger = shown()
    expect(ids(arranger.update(start, { ...bySize, descending: false }, null, true).rows)).toBe('cba')
    expect(ids(arranger.update(start, bySize, ({ size }) => size !== 8, true).rows)).toBe('ac')
  })
})
