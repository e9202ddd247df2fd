import { describe, expect, it } from 'vitest'
import type { TableLook } from '../../../src-shared/contract/index.ts'
import { sameLook } from './same-look.ts'

const look: TableLook = {
  chip: 'errored',
  query: 'sealed',
  sort: { column: 'size', descending: true },
  widths: { key: 300, error: 200 },
  visible: { url: true },
}

describe('a look at a table', () => {
  it('is the same in whatever order its columns are named', () => {
    expect(sameLook(look, { ...look, query: ' sealed ', widths: { error: 200, key: 300 } })).toBe(true)
  })
  it.each<Partial<TableLook>>([
    { chip: 'all' },
    { query: 'missing' },
    { sort: { column: 'size', descending: false } },
    { widths: { key: 301, error: 200 } },
    { widths: { key: 300 } },
    { visible: { url: true, lazy: true } },
  ])('differs with %j', (change) => {
    expect(sameLook(look, { ...look, ...change })).toBe(false)
  })
})
