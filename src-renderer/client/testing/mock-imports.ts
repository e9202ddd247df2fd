import { type Answers, found, type MockTables } from './mock-engine.ts'

export function mockImports({ imports }: MockTables, { answer, change, watch }: Answers) {
  return {
    list: () => answer(() => imports.rows()),
    get: ({ id }: { id: string }) => answer(() => found(imports.get(id), 'IMPORT_NOT_FOUND')),
    watch: watch(imports),
    start: () => answer(() => imports.rows()[0]),
    wait: ({ id }: { id: string }) => answer(() => found(imports.get(id), 'IMPORT_NOT_FOUND')),
    cancel: ({ id }: { id: string }) => change(imports, id, 'IMPORT_NOT_FOUND', { state: 'failed', progress: null }),
    retry: ({ id }: { id: string }) => change(imports, id, 'IMPORT_NOT_FOUND', { state: 'importing' }),
    drop: ({ ids }: { ids: string[] }) =>
      answer(() =>
        ids.map((id) => {
          imports.delete(id)
          return { id, deleted: [`${id}.car`], kept: [] }
        }),
      ),
    check: () => answer(() => ({ checked: 16, ok: 13, attention: 1, broken: 2, items: [] })),
    relink: ({ id }: { id: string }) => change(imports, id, 'IMPORT_NOT_FOUND', { health: 'ok', problem: null }),
    reimport: ({ id }: { id: string }) =>
      change(imports, id, 'IMPORT_NOT_FOUND', { state: 'importing', problem: null }),
    materialise: ({ id }: { id: string }) => change(imports, id, 'IMPORT_NOT_FOUND', { kind: 'self-contained' }),
    stat: ({ root }: { root: string }) =>
      answer(() => ({
        root,
        payloadSize: 4.21 * 2 ** 30,
        carSize: 4_523_000_000,
        pieceSize: 2 ** 33,
        blockCount: 4312,
      })),
  }
}
