import { describe, expect, it } from 'vitest'
import type { TableLook } from '../../../src-shared/contract/index.ts'
import { silentLogger, systemClock } from '../base/index.ts'
import { MemoryStore } from '../store/index.ts'
import { SavedViews } from './saved-views.ts'

const look: TableLook = {
  chip: 'errored',
  query: 'sealed',
  sort: { column: 'size', descending: true },
  widths: { key: 300 },
  visible: { url: true },
}
const open = (store: MemoryStore) => SavedViews.open({ store, clock: systemClock, log: silentLogger })

describe('saved views', () => {
  it('are there again after a restart, with their names as they were given last', async () => {
    const store = new MemoryStore()
    const views = await open(store)
    const broken = await views.save({ id: null, table: 'shards', name: 'Broken', look })
    await views.save({ id: null, table: 'shards', name: 'Large', look: { ...look, chip: 'all' } })
    await views.save({ ...broken, name: 'Sealed only' })
    const again = await open(store)
    expect(again.list().map(({ name }) => name)).toEqual(['Sealed only', 'Large'])
    expect(again.list()[0]?.look).toEqual(look)
    await again.remove(broken.id)
    expect((await open(store)).list().map(({ name }) => name)).toEqual(['Large'])
  })

  it('have one name each in a table', async () => {
    const views = await open(new MemoryStore())
    await views.save({ id: null, table: 'shards', name: 'Broken', look })
    await expect(views.save({ id: null, table: 'shards', name: 'Broken', look })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await views.save({ id: null, table: 'pieces', name: 'Broken', look })
    await expect(views.remove('none')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('tell every window that watches', async () => {
    const views = await open(new MemoryStore())
    const watching = views.table.watch()
    await watching.next()
    const { id } = await views.save({ id: null, table: 'shards', name: 'Broken', look })
    expect((await watching.next()).value).toMatchObject({ type: 'upsert', rows: [{ id, name: 'Broken' }] })
    await watching.return()
  })

  it('leave a record that cannot be read where it is', async () => {
    const store = new MemoryStore()
    await store.put(Buffer.from('/views/1'), Buffer.from('{'))
    const views = await open(store)
    expect(views.list()).toEqual([])
    expect(await store.get(Buffer.from('/views/1'))).toBeDefined()
  })
})
