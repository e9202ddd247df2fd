import type { ImportKind, ImportView, Problem, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import type { Tone } from '../../components/index.ts'

/** State and health of an import as icon, colour and word. */
export function healthOf(view: ImportView): { tone: Tone; label: string; moving?: boolean } {
  if (view.progress !== null) return { tone: 'working', label: view.progress.phase, moving: true }
  if (view.state === 'importing') return { tone: 'waiting', label: 'Waiting its turn' }
  if (view.state === 'failed') return { tone: 'failed', label: failureWord(view.problem) }
  switch (view.health) {
    case 'ok':
      return { tone: 'ok', label: 'OK' }
    case 'attention':
      return { tone: 'attention', label: problemWord(view.problem) ?? 'Needs attention' }
    case 'broken':
      return { tone: 'failed', label: problemWord(view.problem) ?? 'Broken' }
    case 'unchecked':
      return { tone: 'idle', label: 'Not checked yet' }
  }
}

/** Whether a person has to do something about it. */
export function needsPerson(view: ImportView): boolean {
  return view.state === 'failed' || view.health === 'attention' || view.health === 'broken'
}

function failureWord(problem: Problem | null): string {
  return problem?.code === 'IMPORT_INTERRUPTED' ? 'Interrupted' : 'Failed'
}

function problemWord(problem: Problem | null): string | null {
  switch (problem?.code) {
    case 'SOURCE_MISSING':
      return 'Original missing'
    case 'SOURCE_CHANGED':
      return 'Original changed'
    case 'SOURCE_UNREADABLE':
      return 'Original unreadable'
    case 'FILE_NOT_FOUND':
      return 'CAR missing'
    default:
      return null
  }
}

export const KIND_WORDS: Record<ImportKind, { label: string; explanation: string }> = {
  linked: {
    label: 'Linked',
    explanation:
      'The originals stay where they are. Carport keeps only the structure and reads your files when the data is sent, so they must not move or change.',
  },
  'self-contained': {
    label: 'Self-contained',
    explanation: 'Carport keeps its own copy of the data. Needs the room, and then no longer needs your files.',
  },
  car: {
    label: 'CAR in place',
    explanation: 'The file is a CAR already and is used as it is, where it is.',
  },
}

export const PROFILE_WORDS: Record<UnixfsProfile, { label: string; hint: string }> = {
  'unixfs-v1-2025': { label: 'UnixFS v1 2025', hint: 'CIDv1, 1 MiB chunks. What new tools agree on.' },
  'kubo-cidv1': { label: 'Kubo, CIDv1', hint: 'The CIDs of ipfs add --cid-version=1.' },
  'unixfs-v0-2015': { label: 'UnixFS v0 2015', hint: 'CIDv0, as ipfs add has made them since 2015.' },
  lotus: { label: 'Lotus', hint: 'The CIDs of lotus client import: BLAKE2b, 1 MiB chunks.' },
}

/** What an import keeps when it is dropped, in words. */
export function keptWords(views: readonly ImportView[]): string {
  if (views.every(({ kind }) => kind === 'self-contained')) return 'Data that was sent to a provider stays there.'
  return views.length === 1 ? 'Your original file is not touched.' : 'Your original files are not touched.'
}
