import { useStore } from 'zustand'
import type { BulkState } from '../../../../src-shared/contract/index.ts'
import { attempt, useServices } from '../../../state/index.ts'

interface BulkSwitch {
  /** null until it is known. */
  state: BulkState | null
  pauseAll: () => void
  /** With `now` also through the quiet hours that it is at the moment. */
  resumeAll: (now: boolean) => void
}

/** Whether all work over many shards waits, whoever made it wait; and the switch for it. */
export function useBulkState(): BulkSwitch {
  const { client, stores } = useServices()
  const { value } = useStore(stores.bulkState)
  const change = (what: string, work: () => Promise<unknown>) => void attempt(`Bulk work could not be ${what}`, work)
  return {
    state: value,
    pauseAll: () => change('paused', () => client.bulk.pauseAll()),
    resumeAll: (atOnce) => change('resumed', () => client.bulk.resumeAll({ now: atOnce })),
  }
}
