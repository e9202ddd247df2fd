import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BlockTable } from './block-table.ts'

function cidOf(i: number): Uint8Array {
  return Buffer.concat([Buffer.from('01551220', 'hex'), createHash('sha256').update(String(i)).digest()])
}

describe('the table of blocks', () => {
  it('finds each of many blocks, and none that is not there', () => {
    const table = new BlockTable('multihash')
    const count = 50_000
    for (let i = 0; i < count; i++) table.add(cidOf(i), 2, i * 50, i)
    expect(table.count).toBe(count)
    for (let i = 0; i < count; i += 97) {
      const entry = table.find(cidOf(i), 2)
      expect(entry).toBe(i)
      expect(table.offset(entry)).toBe(i * 50)
      expect(table.dataLength(entry)).toBe(i)
      expect(Buffer.compare(table.cid(entry), cidOf(i))).toBe(0)
    }
    for (let i = count; i < count + 1000; i++) expect(table.find(cidOf(i), 2)).toBe(-1)
    expect(table.firstAtOrAfter(0)).toBe(0)
    expect(table.firstAtOrAfter(51)).toBe(2)
    expect(table.firstAtOrAfter(count * 50)).toBe(count)
  })

  it('takes any number of duplicates at once, and gives the first', () => {
    const table = new BlockTable('multihash')
    for (let i = 0; i < 100_000; i++) table.add(cidOf(1), 2, i, 0)
    expect(table.count).toBe(100_000)
    expect(table.find(cidOf(1), 2)).toBe(0)
  })

  it('forgets the entries behind a point, duplicates included', () => {
    const table = new BlockTable('cid')
    for (let i = 0; i < 1000; i++) table.add(cidOf(i % 400), 2, i, 0)
    table.truncate(450)
    expect(table.count).toBe(450)
    expect(table.find(cidOf(399), 2)).toBe(399)
    table.truncate(300)
    expect(table.find(cidOf(299), 2)).toBe(299)
    expect(table.find(cidOf(300), 2)).toBe(-1)
    expect(table.add(cidOf(300), 2, 300, 0)).toBe(300)
    expect(table.find(cidOf(300), 2)).toBe(300)
  })

  it('keeps CIDs of all lengths', () => {
    const table = new BlockTable('cid')
    const cids = Array.from({ length: 600 }, (_, i) => new Uint8Array(((i * 4001) % 65_535) + 1).fill(i % 251))
    for (const [i, cid] of cids.entries()) table.add(cid, 0, i, 0)
    for (const [i, cid] of cids.entries()) expect(Buffer.compare(table.cid(i), cid)).toBe(0)
  })
})
