import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../store/index.ts'
import { TEST_STORES } from '../test-kit/stores.ts'
import { goRowKey, survivesGoClean } from './go-path.ts'
import { RecordWriter } from './record-writer.ts'
import { decodeShardRecord, encodeShardRecord } from './shard-record.ts'
import { shardRecordsConformance } from './shard-records.conformance.ts'
import { isUsableShardKey, type RecordChange, rowNameOf, StoreShardRecords } from './shard-records.ts'

for (const [name, openStore] of Object.entries(TEST_STORES))
  shardRecordsConformance(name, async () => {
    const { store, reopen, remove } = await openStore()
    return {
      records: new StoreShardRecords(store),
      reopen: async () => new StoreShardRecords(await reopen()),
      remove,
    }
  })

describe('a record', () => {
  const record = { key: 'k', url: 'u', transientPath: 't', stateNumber: 3, lazy: true, error: '' }

  it('is the JSON of Go, in its order', () => {
    expect(Buffer.from(encodeShardRecord(record)).toString()).toBe('{"k":"k","u":"u","t":"t","s":3,"l":true,"e":""}')
    expect(Buffer.from(encodeShardRecord({ ...record, error: '<a>&\u2028\u2029"\\' })).toString()).toContain(
      '"e":"\\u003ca\\u003e\\u0026\\u2028\\u2029\\"\\\\"',
    )
  })

  it('is read back, with more or fewer fields than expected', () => {
    expect(decodeShardRecord(Buffer.from(encodeShardRecord(record)).toString())).toEqual(record)
    expect(decodeShardRecord('{"k":"k","x":[1]}')).toEqual({
      key: 'k',
      url: '',
      transientPath: '',
      stateNumber: 0,
      lazy: false,
      error: '',
    })
  })

  it.each([
    ['not json at all', 'it is not JSON'],
    ['', 'it is not JSON'],
    ['[]', 'it names no shard'],
    ['null', 'it is not a JSON object'],
    ['{"k":""}', 'it names no shard'],
    ['{"k":"k","u":5}', 'one of its fields has the wrong type'],
    ['{"k":"k","s":"2"}', 'its state is not a number'],
    ['{"k":"k","s":2.5}', 'its state is not a number'],
  ])('%s is damaged: %s', (text, damage) => {
    expect(decodeShardRecord(text)).toEqual({ damage })
  })
})

describe('keys of Go’s rows', () => {
  it.each([
    ['baga', '/dagstore/baga'],
    ['a//b', '/dagstore/a/b'],
    ['a/', '/dagstore/a'],
    ['a/../b', '/dagstore/b'],
    ['../../b', '/dagstore/b'],
    ['./a/.', '/dagstore/a'],
    ['', '/dagstore/'],
  ])('%s -> %s', (key, row) => {
    expect(Buffer.from(goRowKey('/dagstore', Buffer.from(key))).toString()).toBe(row)
  })

  it('keep bytes that are no text', () => {
    const multihash = Buffer.from([0x12, 0x20, 0xff, 0x2f, 0x2f, 0x80, 0x2f])
    expect(goRowKey('/inverted/index', multihash)).toEqual(
      Buffer.concat([Buffer.from('/inverted/index/'), Buffer.from([0x12, 0x20, 0xff, 0x2f, 0x80])]),
    )
    expect(survivesGoClean(multihash)).toBe(false)
  })

  it('are usable when no other key has the same row', () => {
    expect(['baga', 'movies/2021', 'a b'].every(isUsableShardKey)).toBe(true)
    expect(['', 'a//b', 'a/', '.', '..', 'a/../b', '\ud800'].some(isUsableShardKey)).toBe(false)
    expect(rowNameOf('a//b')).toBe('a/b')
  })
})

const NOTHING_YET = {
  rows: () => new StoreShardRecords(new MemoryStore()).rows(),
  unfinishedRemovals: () => new StoreShardRecords(new MemoryStore()).unfinishedRemovals(),
}

describe('the writer', () => {
  it('puts what changes while it writes into one group, the last state of each shard', async () => {
    const groups: RecordChange[][] = []
    let release = () => {}
    let syncs = 0
    const records = {
      ...NOTHING_YET,
      save: (changes: RecordChange[]) => {
        groups.push(changes)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
    }
    const writer = new RecordWriter(records, async () => void syncs++)
    const put = (key: string, stateNumber: number) =>
      writer.write({ put: { key, url: '', transientPath: '', stateNumber, lazy: false, error: '' } })
    const first = put('a', 0)
    while (groups.length < 1) await Promise.resolve()
    const others = [put('a', 1), put('b', 0), put('a', 2)]
    release()
    await first
    while (groups.length < 2) await Promise.resolve()
    release()
    await Promise.all(others)
    expect(
      groups.map((group) => group.map((change) => 'put' in change && `${change.put.key}${change.put.stateNumber}`)),
    ).toEqual([['a0'], ['a2', 'b0']])
    expect(syncs).toBe(2)
    await writer.drained()
  })

  it('tells those whose group failed, and goes on with the next', async () => {
    let fail = true
    const saved: RecordChange[] = []
    const writer = new RecordWriter({
      ...NOTHING_YET,
      save: async (changes) => {
        if (fail) throw Object.assign(new Error('disk full'), { code: 'ENOSPC', syscall: 'write' })
        saved.push(...changes)
      },
    })
    await expect(writer.write({ remove: 'a' })).rejects.toMatchObject({ code: 'NO_SPACE' })
    fail = false
    await writer.write({ remove: 'b' })
    expect(saved).toEqual([{ remove: 'b' }])
  })
})
