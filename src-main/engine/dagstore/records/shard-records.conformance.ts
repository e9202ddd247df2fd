import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShardRecord } from './shard-record.ts'
import type { ShardRecords, StoredRow } from './shard-records.ts'

export interface OpenRecords {
  records: ShardRecords
  /** Opens the same records again, as after a restart. */
  reopen(): Promise<ShardRecords>
  remove(): Promise<void>
}

/** What every adapter of the port ShardRecords must do. */
export function shardRecordsConformance(name: string, open: () => Promise<OpenRecords>): void {
  describe(`shard records in ${name}`, () => {
    let opened: OpenRecords
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.remove())

    const record = (key: string, more: Partial<ShardRecord> = {}): ShardRecord => ({
      key,
      url: `lotus://${key}`,
      transientPath: '',
      stateNumber: 2,
      lazy: false,
      error: '',
      ...more,
    })
    const rows = async (records: ShardRecords) => {
      const all: StoredRow[] = []
      for await (const row of records.rows()) all.push(row)
      return all.map(({ content }) => ('record' in content ? content.record : content))
    }

    it('gives nothing at first', async () => {
      expect(await rows(opened.records)).toEqual([])
    })

    it('keeps every field of a record, whatever it holds, over a restart', async () => {
      const odd = [
        record('a & b <c>', { error: 'quotes " and \\ and \u2028 and \n and é', lazy: true, stateNumber: 240 }),
        record('movies/2021', { transientPath: '/a/b c' }),
        record('ключ', { url: 'file:///x%20y' }),
      ].sort((a, b) => (a.key < b.key ? -1 : 1))
      await opened.records.save(odd.map((put) => ({ put })))
      expect(await rows(await opened.reopen())).toEqual(odd)
    })

    it('takes the last of several writes, and forgets what is removed', async () => {
      await opened.records.save([{ put: record('a') }, { put: record('b') }])
      await opened.records.save([{ put: record('a', { stateNumber: 240 }) }, { remove: 'b' }, { remove: 'never was' }])
      expect(await rows(await opened.reopen())).toEqual([record('a', { stateNumber: 240 })])
    })

    it('remembers a removal until it is said to be finished', async () => {
      const unfinished = async (records: ShardRecords) => {
        const keys: string[] = []
        for await (const key of records.unfinishedRemovals()) keys.push(key)
        return keys
      }
      await opened.records.save([{ put: record('a/b') }, { put: record('c') }])
      await opened.records.save([{ remove: 'a/b' }, { remove: 'c' }])
      await opened.records.save([{ removed: 'c' }])
      const records = await opened.reopen()
      expect([await rows(records), await unfinished(records)]).toEqual([[], ['a/b']])
    })

    it('takes a row away by its name, and notes nothing', async () => {
      await opened.records.save([{ put: record('a') }, { put: record('b') }])
      await opened.records.save([{ removeRow: 'a' }, { removeRow: 'x/../b' }])
      const records = await opened.reopen()
      const unfinished: string[] = []
      for await (const key of records.unfinishedRemovals()) unfinished.push(key)
      expect([await rows(records), unfinished]).toEqual([[record('b')], []])
    })

    it('holds a thousand', async () => {
      const many = Array.from({ length: 1000 }, (_, i) => record(`k${String(i).padStart(4, '0')}`))
      await opened.records.save(many.map((put) => ({ put })))
      expect(await rows(await opened.reopen())).toEqual(many)
    })
  })
}
