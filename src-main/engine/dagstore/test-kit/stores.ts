import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelStore, MemoryStore, type Store } from '../../store/index.ts'

export interface TestStore {
  store: Store
  /** Closes and opens it again, where that means anything. */
  reopen(): Promise<Store>
  remove(): Promise<void>
}

/** The stores that every adapter of a port is tested over. */
export const TEST_STORES: Record<string, () => Promise<TestStore>> = {
  memory: async () => {
    const store = new MemoryStore()
    return { store, reopen: async () => store, remove: async () => {} }
  },
  LevelDB: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'carport-store-'))
    let store = await LevelStore.open(directory, { compression: false })
    return {
      store,
      reopen: async () => {
        await store.close()
        store = await LevelStore.open(directory, { compression: false })
        return store
      },
      remove: async () => {
        await store.close()
        await rm(directory, { recursive: true, force: true })
      },
    }
  },
}
