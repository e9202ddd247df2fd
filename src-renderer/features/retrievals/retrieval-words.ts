import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { baseName, type Tone } from '../../components/index.ts'

export function retrievalStateOf(view: RetrievalView): { tone: Tone; label: string; moving?: boolean } {
  switch (view.state) {
    case 'transferring':
      return { tone: 'working', label: 'Receiving', moving: true }
    case 'exporting':
      return { tone: 'working', label: 'Exporting', moving: true }
    case 'done':
      return view.complete ? { tone: 'ok', label: 'Whole' } : { tone: 'attention', label: 'Incomplete' }
    case 'failed':
      return { tone: 'failed', label: 'Failed' }
    case 'cancelled':
      return { tone: 'idle', label: 'Cancelled' }
  }
}

export function isRunning({ state }: RetrievalView): boolean {
  return state === 'transferring' || state === 'exporting'
}

/** What a person calls it: the exported file, or the root. */
export function nameOfRetrieval({ path, root }: RetrievalView): string {
  return path === null ? root : baseName(path)
}

export const FORMATS = [
  { value: 'files', label: 'Files and folders', hint: 'As they were before the import.' },
  { value: 'car', label: 'CAR', hint: 'Version 1, the form that every tool reads.' },
  { value: 'car-v2', label: 'CAR, version 2', hint: 'With an index, for random access.' },
] as const
export type ExportFormat = (typeof FORMATS)[number]['value']

/** `film.mkv` -> `film.mkv.car` where a CAR is written. */
export function suggestedName(name: string, format: ExportFormat): string {
  return format === 'files' || name.endsWith('.car') ? name : `${name}.car`
}
