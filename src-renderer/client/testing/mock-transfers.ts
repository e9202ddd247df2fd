import { type Answers, found, type MockTables } from './mock-engine.ts'

export function mockTransfers({ transfers }: MockTables, { answer, change, watch }: Answers) {
  return {
    list: () => answer(() => transfers.rows()),
    get: ({ id }: { id: string }) => answer(() => found(transfers.get(id), 'TRANSFER_NOT_FOUND')),
    watch: watch(transfers),
    pause: ({ id }: { id: string }) =>
      change(transfers, id, 'TRANSFER_NOT_FOUND', { state: 'paused', message: 'Paused by you' }),
    resume: ({ id }: { id: string }) =>
      change(transfers, id, 'TRANSFER_NOT_FOUND', {
        state: 'running',
        message: 'Sending blocks',
        rate: 64 << 20,
      }),
    cancel: ({ id }: { id: string }) => change(transfers, id, 'TRANSFER_NOT_FOUND', { state: 'cancelled' }),
    restart: ({ id }: { id: string }) => change(transfers, id, 'TRANSFER_NOT_FOUND', { state: 'queued', error: null }),
  }
}
