import { type Answers, found, type MockTables } from './mock-engine.ts'

export function mockDeals({ deals }: MockTables, { answer, change, watch }: Answers) {
  return {
    list: () => answer(() => deals.rows()),
    get: ({ dealId }: { dealId: string }) => answer(() => found(deals.get(dealId), 'DEAL_NOT_FOUND')),
    watch: watch(deals),
    propose: () => answer(() => deals.rows()[0]),
    wait: ({ dealId }: { dealId: string }) => answer(() => found(deals.get(dealId), 'DEAL_NOT_FOUND')),
    cancel: ({ dealId }: { dealId: string }) =>
      change(deals, dealId, 'DEAL_NOT_FOUND', { state: 'cancelled', progress: null }),
    retry: ({ dealId }: { dealId: string }) =>
      change(deals, dealId, 'DEAL_NOT_FOUND', { state: 'preparing', error: null }),
    remove: ({ dealId }: { dealId: string }) =>
      answer(() => {
        deals.delete(dealId)
        return { dealId }
      }),
  }
}
