import type { ShardView } from '../../../src-shared/contract/index.ts'
import { generalWords } from '../../../src-shared/errors/index.ts'

/** Shards that failed for the same reason. */
export interface CauseGroup {
  id: string
  /** What happened, for all of them. */
  title: string
  /** What to do about it. */
  advice: string
  /** What mends it, the most promising first. */
  fixes: readonly CauseFix[]
  shards: ShardView[]
}

/** A button beside a cause. Those that change shards are planned before anything is done. */
export type CauseFix = 'recover' | 'reindex' | 'collect-garbage' | 'quota' | 'verify' | 'sources' | 'destroy'

interface Cause {
  id: string
  pattern: RegExp
  title: string
  advice: string
  fixes: readonly CauseFix[]
}

/** The causes that operators meet, most specific first. */
const CAUSES: readonly Cause[] = [
  {
    id: 'sealed',
    pattern: /sealed copy|unseal|only sealed/i,
    title: 'Only a sealed copy exists',
    advice:
      'Have the sectors unsealed, or name a source that has unsealed copies. Recover says first how many of them can be read by now.',
    fixes: ['recover', 'sources'],
  },
  {
    id: 'no-space',
    pattern: /no space|ENOSPC|disk is full|quota/i,
    title: 'The disk was full',
    advice: 'Free space first: Collect garbage removes transients that nothing reads. Then recover the shards.',
    fixes: ['collect-garbage', 'quota', 'recover'],
  },
  {
    id: 'index',
    pattern: /has no index|index (is |was )?(missing|damaged|invalid|corrupt|wrong)|failed to (load|get) index/i,
    title: 'The index is missing or damaged',
    advice: 'The data is fine. Re-index builds the index again from the piece, without fetching it again.',
    fixes: ['reindex', 'recover'],
  },
  {
    id: 'missing',
    pattern: /no source has|not found|no such file|ENOENT|no longer (exists|there)|does not exist|does not hold/i,
    title: 'The piece is not there',
    advice:
      'Put the piece back or connect the source that holds it, then recover. If it is gone for good, destroy the shard.',
    fixes: ['sources', 'recover', 'destroy'],
  },
  {
    id: 'unreachable',
    pattern:
      /ECONN|ETIMEDOUT|cannot be (read|reached)|does not answer|cannot serve|sent nothing|timed? ?out|unreachable/i,
    title: 'The place that holds the piece does not answer',
    advice: 'Check that it runs and that its address is right, then recover the shards.',
    fixes: ['recover', 'sources'],
  },
  {
    id: 'permission',
    pattern: /permission|EACCES|EPERM|unauthorized/i,
    title: 'The piece may not be read',
    advice: 'Give the user that runs Carport permission to read the piece, then recover the shards.',
    fixes: ['recover'],
  },
  {
    id: 'malformed',
    pattern:
      /malformed|invalid (header|car|cid)|not a CAR|unexpected (EOF|end)|ends too early|truncated|cut off|damaged|mismatch|corrupt/i,
    title: 'The piece is damaged or is no CAR',
    advice: 'Verify the file under Inspect. A damaged piece has to be fetched again; recovering reads the same bytes.',
    fixes: ['verify', 'recover', 'destroy'],
  },
  {
    id: 'changed',
    pattern: /changed while/i,
    title: 'The piece changed while it was read',
    advice: 'Wait until the other program is done with it, then recover the shards.',
    fixes: ['recover'],
  },
]

/** Errored shards by cause, the largest group first. Unknown errors are grouped by their words without names and numbers. */
export function groupByCause(shards: Iterable<ShardView>): CauseGroup[] {
  const groups = new Map<string, CauseGroup>()
  for (const shard of shards) {
    if (shard.state !== 'Errored') continue
    const { id, title, advice, fixes } = causeOfShard(shard)
    const group = groups.get(id)
    if (group !== undefined) group.shards.push(shard)
    else groups.set(id, { id, title, advice, fixes, shards: [shard] })
  }
  return [...groups.values()].sort((a, b) => b.shards.length - a.shards.length || (a.id < b.id ? -1 : 1))
}

/** Rows keep their identity while they do not change, so each error is read once however often its table changes. */
const KNOWN = new WeakMap<ShardView, Omit<Cause, 'pattern'>>()

function causeOfShard(shard: ShardView): Omit<Cause, 'pattern'> {
  let cause = KNOWN.get(shard)
  if (cause === undefined) {
    cause = causeOf(shard.error ?? 'It failed without a message.')
    KNOWN.set(shard, cause)
  }
  return cause
}

/** The reason behind an error, in the words of its group. */
export function causeTitle(error: string): string {
  return causeOf(error).title
}

function causeOf(error: string): Omit<Cause, 'pattern'> {
  const words = generalWords(error)
  return CAUSES.find(({ pattern }) => pattern.test(words)) ?? unknown(words)
}

function unknown(words: string): Omit<Cause, 'pattern'> {
  return {
    id: words,
    title: words,
    advice: 'Recover the shards; if that fails again, look at the log.',
    fixes: ['recover'],
  }
}
