import { expect, it } from 'vitest'
import { ChipCounter } from './chip-counts.ts'
import type { Chip } from './column.ts'

interface Row {
  id: string
  state: string
}
const row = (id: string, state: string): Row => ({ id, state })
const idOf = ({ id }: Row) => id

it('counts the rows of each chip, and asks only about those that changed', () => {
  let asked = 0
  const chip = (state: string): Chip<Row> => ({
    id: state,
    label: state,
    onlyWithRows: state === 'failed',
    test: (each) => {
      asked++
      return each.state === state
    },
  })
  const chips = [chip('ok'), chip('failed')]
  const counter = new ChipCounter<Row>()
  const counts = (rows: Row[]) =>
    Object.fromEntries(counter.count(chips, rows, idOf).map(({ id, count }) => [id, count]))
  const rows = Array.from({ length: 100 }, (_, n) => row(`r${n}`, 'ok'))
  expect(counts(rows)).toEqual({ ok: 100 })
  asked = 0
  const failed = rows.with(7, row('r7', 'failed'))
  expect(counts(failed)).toEqual({ ok: 99, failed: 1 })
  expect(asked).toBe(4)
  expect(counts(failed.slice(8))).toEqual({ ok: 92 })
  expect(counts([...failed.slice(8), row('new', 'failed')])).toEqual({ ok: 92, failed: 1 })
})
