import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { BulkState } from '../../../../src-shared/contract/index.ts'
import { useNow } from '../../../components/index.ts'
import { attempt, useLoaded, useServices } from '../../../state/index.ts'

/** Counts the changes made in this window, so that everyone who shows the state asks again. */
const changes = createStore<{ count: number }>(() => ({ count: 0 }))

interface BulkSwitch {
  /** null until it is known. */
  state: BulkState | null
  pauseAll: () => void
  /** With `now` also through the quiet hours that it is at the moment. */
  resumeAll: (now: boolean) => void
}

/** Whether all work over many shards waits; and the switch for it. Asked anew every few seconds: hours come and go. */
export function useBulkState(): BulkSwitch {
  const { client } = useServices()
  const { count } = useStore(changes)
  const now = useNow()
  const { value } = useLoaded('bulk-state', (signal) => client.bulk.state(undefined, { signal }), `${count} ${now}`)
  const change = (what: string, work: () => Promise<unknown>) =>
    void attempt(`Bulk work could not be ${what}`, work).then(() => changes.setState({ count: count + 1 }))
  return {
    state: value,
    pauseAll: () => change('paused', () => client.bulk.pauseAll()),
    resumeAll: (atOnce) => change('resumed', () => client.bulk.resumeAll({ now: atOnce })),
  }
}
