import { describe, expect, it } from 'vitest'
import type { Column } from './column.ts'
import { exportFile, exportParts } from './export-rows.ts'

interface Row {
  name: string
  size: number | null
}
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', width: 1, text: ({ name }) => name },
  { id: 'size', title: 'Size', fileTitle: 'Size (bytes)', width: 1, text: () => 'about', value: ({ size }) => size },
]
const csv = (rows: Row[]) => [...exportParts({ kind: 'csv', columns, rows })].join('')
const json = (rows: Row[]) => JSON.parse([...exportParts({ kind: 'json', columns, rows })].join('')) as Row[]

describe('rows as CSV', () => {
  it('quotes what needs it, and has plain numbers', () => {
    expect(csv([{ name: 'a,b\nsay "hi"', size: 1024 }])).toBe('Name,Size (bytes)\r\n"a,b\nsay ""hi""",1024\r\n')
    expect(csv([{ name: '', size: null }])).toBe('Name,Size (bytes)\r\n,\r\n')
  })

  it.each(['=HYPERLINK("http://evil")', '+1', '-2+3', '@SUM(A1)', '\tx', '\rx', '\nx'])('is no formula: %j', (name) => {
    const [, field = ''] = /^Name,Size \(bytes\)\r\n([\s\S]*),\r\n$/.exec(csv([{ name, size: null }])) ?? []
    expect(field.replace(/^"/, '').startsWith("'")).toBe(true)
  })

  it('does not touch numbers that are negative', () => {
    expect(csv([{ name: 'a', size: -5 }])).toContain('a,-5')
  })
})

describe('rows as JSON', () => {
  it('are the rows, however many, none included', () => {
    const rows = Array.from({ length: 5001 }, (_, at) => ({ name: `=${at}`, size: at }))
    expect(json(rows)).toEqual(rows)
    expect(json(rows.slice(0, 2000))).toHaveLength(2000)
    expect(json([])).toEqual([])
  })
})

describe('a file', () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => ({ name: `n${at}`, size: at }))
  it('is made in steps that tell how far it is', async () => {
    const seen: number[] = []
    const file = await exportFile(
      { kind: 'csv', columns, rows },
      { signal: new AbortController().signal, onProgress: (fraction) => seen.push(fraction) },
    )
    expect((await file.text()).split('\r\n')).toHaveLength(10_002)
    expect(seen.length).toBeGreaterThan(4)
    expect(seen.at(-1)).toBe(1)
  })
  it('can be given up', async () => {
    const stop = new AbortController()
    const made = exportFile({ kind: 'json', columns, rows }, { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(made).rejects.toThrow()
  })
})
