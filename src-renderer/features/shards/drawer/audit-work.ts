import { createStore } from 'zustand/vanilla'
import type { Progress, ShardAudit } from '../../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../../src-shared/errors/index.ts'
import { type Client, errorValueOf } from '../../../client/index.ts'

/** One audit of a shard: under way, or what it found. */
export type AuditWork =
  | { phase: 'running'; progress: Progress | null; cancel: () => void }
  | { phase: 'done'; audit: ShardAudit; endedAt: number }
  | { phase: 'failed'; error: ErrorValue }

/** By shard key. An audit goes on while other rows are looked at: a piece of 32 GiB takes its time. */
export const auditWork = createStore<Readonly<Record<string, AuditWork>>>(() => ({}))

/** Never rejects: the outcome is in the store. */
export async function startAudit(client: Client, key: string, full = false): Promise<void> {
  const controller = new AbortController()
  const cancel = () => {
    controller.abort()
    forgetAudit(key)
  }
  const show = (work: AuditWork) => {
    if (!controller.signal.aborted) auditWork.setState({ [key]: work })
  }
  show({ phase: 'running', progress: null, cancel })
  try {
    for await (const event of await client.shards.audit({ key, full }, { signal: controller.signal }))
      if (event.type === 'progress') show({ phase: 'running', progress: event.progress, cancel })
      else show({ phase: 'done', audit: event.audit, endedAt: Date.now() })
  } catch (error) {
    show({ phase: 'failed', error: errorValueOf(error) })
  }
}

/** What was found is no longer so: something is done to these shards. An audit under way goes on. */
export function forgetAudits(keys: readonly string[] | 'all'): void {
  const gone = keys === 'all' ? null : new Set(keys)
  const kept = Object.entries(auditWork.getState()).filter(
    ([key, { phase }]) => phase === 'running' || gone?.has(key) === false,
  )
  auditWork.setState(Object.fromEntries(kept), true)
}

function forgetAudit(key: string): void {
  const { [key]: _, ...others } = auditWork.getState()
  auditWork.setState(others, true)
}
