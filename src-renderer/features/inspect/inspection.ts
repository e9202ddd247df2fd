import { createStore } from 'zustand/vanilla'
import type { CarVerdict, Progress } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import { type Client, errorValueOf, uploadCar } from '../../client/index.ts'

/** The verification of one file. It goes on while other screens are looked at. */
export interface Inspection {
  /** '' while a dropped file is being copied. */
  path: string
  /** Name of the file that was dropped in a browser; `path` is then that of the engine's copy. */
  dropped: string | null
  running: boolean
  progress: Progress | null
  verdict: CarVerdict | null
  error: ErrorValue | null
  cancelled: boolean
  /** What a repair did, when the verdict is of a repaired copy. */
  repairs: string[]
}

const NOTHING: Inspection = {
  path: '',
  dropped: null,
  running: false,
  progress: null,
  verdict: null,
  error: null,
  cancelled: false,
  repairs: [],
}

export const inspection = createStore<Inspection>(() => NOTHING)
let current: AbortController | null = null

/** Verifies a file, ending the verification before. Never rejects: the outcome is in the store. */
export function verify(client: Client, path: string): Promise<void> {
  return run({ path }, (show, signal) => follow(client, path, show, signal))
}

/** Verifies a file that was dropped in a browser: the engine gets a copy of it first. Never rejects. */
export function verifyDropped(client: Client, file: File): Promise<void> {
  return run({ dropped: file.name }, async (show, signal) => {
    const path = await copyToEngine(file, (progress) => show({ progress }), signal)
    show({ path, progress: null })
    await follow(client, path, show, signal)
  })
}

/** Sends a file to the engine and gives the path of the copy. */
export function copyToEngine(
  file: File,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<string> {
  const startedAt = performance.now()
  return uploadCar(file, {
    signal,
    onProgress: ({ doneBytes }) => {
      const rate = doneBytes / Math.max(0.001, (performance.now() - startedAt) / 1000)
      const etaSeconds = rate > 0 ? (file.size - doneBytes) / rate : null
      onProgress({ phase: `Copying ${file.name} to Carport`, doneBytes, totalBytes: file.size, rate, etaSeconds })
    },
  })
}

type Show = (change: Partial<Inspection>) => void

/** One at a time: what comes later ends what is under way, and is the one that is shown. */
async function run(
  start: Partial<Inspection>,
  work: (show: Show, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  current?.abort()
  const controller = new AbortController()
  current = controller
  inspection.setState({ ...NOTHING, ...start, running: true }, true)
  const show: Show = (change) => {
    if (current === controller && !controller.signal.aborted) inspection.setState(change)
  }
  try {
    await work(show, controller.signal)
    show({ running: false, progress: null })
  } catch (error) {
    show({ running: false, progress: null, error: errorValueOf(error) })
  }
}

async function follow(client: Client, path: string, show: Show, signal: AbortSignal): Promise<void> {
  for await (const event of await client.inspect.verify({ path }, { signal }))
    show(event.type === 'progress' ? { progress: event.progress } : { verdict: event.verdict })
}

export function cancelVerification(): void {
  current?.abort()
  inspection.setState({ running: false, progress: null, cancelled: true })
}

export function showRepaired(verdict: CarVerdict, repairs: string[]): void {
  inspection.setState({ ...NOTHING, path: verdict.path, verdict, repairs }, true)
}
