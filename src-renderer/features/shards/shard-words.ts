import type { ShardState, ShardView } from '../../../src-shared/contract/index.ts'
import type { Tone } from '../../components/index.ts'

/** States keep the names that Lotus prints; the explanation is the tooltip and the drawer's first line. */
const STATES: Record<ShardState, { tone: Tone; moving?: boolean; explanation: string }> = {
  New: {
    tone: 'idle',
    explanation: 'Registered, not indexed yet. It is initialized when it is first read, or when you ask.',
  },
  Initializing: { tone: 'working', moving: true, explanation: 'The piece is being fetched and indexed.' },
  Available: { tone: 'ok', explanation: 'Indexed and ready to be read.' },
  Serving: { tone: 'ok', explanation: 'Being read right now.' },
  Recovering: { tone: 'working', moving: true, explanation: 'The piece is being fetched and indexed again.' },
  Errored: { tone: 'failed', explanation: 'The last attempt failed. It serves nothing until it is recovered.' },
}

export function shardStateOf({ state }: Pick<ShardView, 'state'>): { tone: Tone; label: string; moving?: boolean } {
  const { tone, moving = false } = STATES[state]
  return { tone, label: state, moving }
}

export function explanationOf(state: ShardState): string {
  return STATES[state].explanation
}

/** What sort of place the piece behind a shard is. */
export function mountWord(url: string): string {
  const scheme = url.slice(0, url.indexOf(':'))
  const words: Record<string, string> = {
    lotus: 'Piece store',
    file: 'File',
    http: 'Web',
    https: 'Web',
    bytes: 'Memory',
  }
  return words[scheme] ?? scheme
}
