import { type Answers, found, type MockTables } from './mock-engine.ts'

export function mockRetrievals({ retrievals }: MockTables, { answer, change, watch }: Answers) {
  return {
    list: () => answer(() => retrievals.rows()),
    get: ({ dealId }: { dealId: string }) => answer(() => found(retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
    watch: watch(retrievals),
    start: () => answer(() => retrievals.rows()[0]),
    wait: ({ dealId }: { dealId: string }) => answer(() => found(retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
    cancel: ({ dealId }: { dealId: string }) =>
      change(retrievals, dealId, 'RETRIEVAL_NOT_FOUND', { state: 'cancelled', progress: null }),
    retry: ({ dealId }: { dealId: string }) =>
      change(retrievals, dealId, 'RETRIEVAL_NOT_FOUND', { state: 'transferring', error: null }),
    export: ({ dealId }: { dealId: string }) => answer(() => found(retrievals.get(dealId), 'RETRIEVAL_NOT_FOUND')),
    remove: ({ dealId }: { dealId: string }) =>
      answer(() => {
        retrievals.delete(dealId)
        return { dealId, freedBytes: 2 ** 31 }
      }),
  }
}
