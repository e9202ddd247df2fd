import { describe, expect, it } from 'vitest'
import { styleFor } from './style.ts'
import { formatFields, formatTable } from './table.ts'

const plain = styleFor(process.stdout, { NO_COLOR: '1' })
const coloured = styleFor({ isTTY: true } as NodeJS.WriteStream, {})

interface Row {
  name: string
  size: string
}
const columns = [
  { title: 'NAME', text: (row: Row) => row.name, shrinks: true },
  { title: 'SIZE', text: (row: Row) => row.size, align: 'right' as const },
]

describe('a table', () => {
  it('aligns names left and numbers right', () => {
    const rows = [
      { name: 'a', size: '12 B' },
      { name: 'longer', size: '1.5 KiB' },
    ]
    expect(formatTable(rows, columns, plain, null)).toEqual([
      'NAME       SIZE', //
      'a          12 B',
      'longer  1.5 KiB',
    ])
  })

  it('is aligned with colours, too, which have no width', () => {
    const state = [{ title: 'STATE', text: () => coloured.good('ok') }, ...columns]
    const lines = formatTable([{ name: 'x', size: '1' }], state, plain, null)
    expect(lines[1]?.replaceAll('\u001b[32m', '').replaceAll('\u001b[39m', '')).toBe('ok     x        1')
  })

  it('cuts the widest column in the middle where the terminal is narrow', () => {
    const rows = [{ name: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', size: '1 GiB' }]
    const [, line] = formatTable(rows, columns, plain, 40)
    expect(line).toHaveLength(40)
    expect(line).toMatch(/^bafy.+….+bzdi {2}1 GiB$/)
  })

  it('puts sentences below their row, whole, where they do not fit beside it; other columns may be left out', () => {
    const wide = [
      { title: 'KEY', text: (row: Row) => row.name },
      { title: 'SIZE', text: (row: Row) => row.size, optional: true },
      { title: 'READERS', text: () => '0', optional: true },
      { title: 'ERROR', text: (row: Row) => (row.size === '1' ? '' : 'No source has what it needs.'), below: true },
    ]
    const rows = [
      { name: 'one-long-key', size: '1' },
      { name: 'two-long-key', size: '2' },
    ]
    expect(formatTable(rows, wide, plain, 60)).toEqual([
      'KEY           SIZE  READERS  ERROR',
      'one-long-key  1     0',
      'two-long-key  2     0        No source has what it needs.',
    ])
    expect(formatTable(rows, wide, plain, 20)).toEqual([
      'KEY           SIZE',
      'one-long-key  1',
      'two-long-key  2',
      '  No source has what',
      '  it needs.',
    ])
    expect(formatTable(rows, wide, plain, 8)[1]).toBe('one-long-key')
  })

  it('holds more rows than a function takes arguments', () => {
    const rows = Array.from({ length: 300_000 }, (_, at) => ({ name: `shard ${at}`, size: '1' }))
    expect(formatTable(rows, columns, plain, 80)).toHaveLength(300_001)
  })

  it('never cuts where output is not a terminal', () => {
    const rows = [{ name: 'x'.repeat(500), size: '1' }]
    expect(formatTable(rows, columns, plain, null)[1]).toContain('x'.repeat(500))
  })
})

describe('fields', () => {
  it('align their values and leave out what is not known', () => {
    const fields: Array<[string, string | null]> = [
      ['Root', 'bafy'],
      ['Piece CID', null],
      ['Blocks', '3'],
    ]
    expect(formatFields(fields, plain)).toEqual(['Root    bafy', 'Blocks  3'])
  })
})
