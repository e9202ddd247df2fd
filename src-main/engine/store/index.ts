export { JsonRecords } from './json-records.ts'
export { LevelStore, type LevelStoreOptions } from './level-store.ts'
export { MemoryStore } from './memory-store.ts'
export type { Store, StoreEntry, StoreOperation, StoreRange, TextEntry } from './store.ts'
