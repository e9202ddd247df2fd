import { createStore } from 'zustand/vanilla'
import type { CarVerdict, Progress } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { type Client, errorValueOf } from '../../client/index.ts'

/** The verification of one file. It goes on while other screens are looked at. */
export interface Inspection {
  path: string
  running: boolean
  progress: Progress | null
  verdict: CarVerdict | null
  error: ErrorValue | null
  /** What a repair did, when the verdict is of a repaired copy. */
  repairs: string[]
}

const NOTHING: Inspection = { path: '', running: false, progress: null, verdict: null, error: null, repairs: [] }

export const inspection = createStore<Inspection>(() => NOTHING)
let current: AbortController | null = null

/** Verifies a file, ending the verification before. Never rejects: the outcome is in the store. */
export async function verify(client: Client, path: string): Promise<void> {
  current?.abort()
  const controller = new AbortController()
  current = controller
  inspection.setState({ ...NOTHING, path, running: true }, true)
  const show = (change: Partial<Inspection>) => {
    if (current === controller) inspection.setState(change)
  }
  try {
    for await (const event of await client.inspect.verify({ path }, { signal: controller.signal }))
      show(event.type === 'progress' ? { progress: event.progress } : { verdict: event.verdict })
    show({ running: false, progress: null })
  } catch (error) {
    show({ running: false, progress: null, error: controller.signal.aborted ? null : errorValueOf(error) })
  }
}

export function cancelVerification(): void {
  current?.abort()
  inspection.setState({ running: false, progress: null })
}

export function showRepaired(verdict: CarVerdict, repairs: string[]): void {
  inspection.setState({ ...NOTHING, path: verdict.path, verdict, repairs }, true)
}
