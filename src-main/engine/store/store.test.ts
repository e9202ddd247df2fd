import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { JsonRecords, LevelStore, MemoryStore, type Store, type StoreRange, type TextEntry } from './index.ts'

const folder = await mkdtemp(join(tmpdir(), 'carport-store-'))
afterAll(() => rm(folder, { recursive: true }))

/** What every adapter of the port must do. */
describe.each<[string, () => Promise<Store>]>([
  ['MemoryStore', async () => new MemoryStore()],
  ['LevelStore', () => LevelStore.open(join(folder, crypto.randomUUID()))],
])('%s', (_name, open) => {
  it('reads a range by prefix, in byte order, whatever kind of byte array asks', async () => {
    const store = await open()
    for (const key of ['/a/2', '/b', '/a/1', '/a', '/a0', '/a/\xff'])
      await store.put(Buffer.from(key, 'latin1'), Buffer.from(key))
    const prefix = Buffer.from('/a/')
    expect(await keysOf(store, { prefix })).toEqual(['/a/1', '/a/2', '/a/\xff'])
    expect(prefix.toString()).toBe('/a/')
    expect(await keysOf(store, { prefix: new Uint8Array(prefix) })).toEqual(['/a/1', '/a/2', '/a/\xff'])
    expect(await keysOf(store, { prefix, reverse: true, limit: 2 })).toEqual(['/a/\xff', '/a/2'])
    expect(await keysOf(store, { prefix, after: Buffer.from('/a/1') })).toEqual(['/a/2', '/a/\xff'])
    expect(await keysOf(store, { prefix, after: Buffer.from('/') })).toEqual(['/a/1', '/a/2', '/a/\xff'])
    await store.close()
  })

  it('reads rows as text, with a mark where they are none', async () => {
    const store = await open()
    const rows = ['/a/\u{1F600}', '/a/1', '/a0', '/a', '/b/1'].map(
      (key) => [Buffer.from(key), Buffer.from(`é ${key}`)] as const,
    )
    for (const [key, value] of [...rows, [Buffer.from([0x2f, 0x61, 0x2f, 0xff]), Buffer.from([0x78, 0xff])] as const])
      await store.put(key, value)
    const found: TextEntry[] = []
    for await (const entry of store.texts('/a/')) found.push(entry)
    expect(found).toEqual([
      { key: '/a/1', value: 'é /a/1' },
      { key: '/a/\u{1F600}', value: 'é /a/\u{1F600}' },
      { key: '/a/\ufffd', value: 'x\ufffd' },
    ])
    await store.close()
  })

  it('keeps JSON records of one kind apart from the next', async () => {
    const store = await open()
    const records = new JsonRecords<{ n: number }>(store, '/pieces')
    await records.put('one', { n: 1 })
    await new JsonRecords(store, '/pieces2').put('two', { n: 2 })
    await store.put(Buffer.from('/pieces/torn'), Buffer.from('{"n":'))
    const damaged: string[] = []
    const found: Array<[string, { n: number }]> = []
    for await (const entry of records.entries((id) => damaged.push(id))) found.push(entry)
    expect(found).toEqual([['one', { n: 1 }]])
    expect(damaged).toEqual(['torn'])
    await records.delete('one')
    expect(await records.get('one')).toBeUndefined()
    await store.close()
  })
})

async function keysOf(store: Store, range: StoreRange): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.entries(range)) keys.push(Buffer.from(key).toString('latin1'))
  return keys
}
