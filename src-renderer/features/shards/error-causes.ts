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
    id: 'cut',
    pattern: /CAR of shard .* was cut/i,
    title: 'The piece has lost its end',
    advice: 'Put the whole file back in its place. Nothing has to be recovered then.',
    fixes: ['verify', 'destroy'],
  },
  {
    id: 'limit',
    pattern: /more than the .* allows/i,
    title: 'A limit in the settings stands in the way',
    advice: 'Raise the setting that the message names, then recover the shards.',
    fixes: ['sources', 'recover'],
  },
  {
    id: 'mount',
    pattern: /cannot be mounted|does not name a piece|are not registered|holds no base64|is a folder/i,
    title: 'The mount is not one that Carport can read',
    advice:
      'The shard names no place that its data could be read from. Destroy it, and register it with a valid address.',
    fixes: ['destroy', 'recover'],
  },
  {
    id: 'record',
    pattern: /^The (record|row) .*(cannot be read|holds a record of)/i,
    title: 'The record of the shard cannot be read',
    advice:
      'Its row in the database is damaged, and stays there as it is. Destroy takes it away; then register the piece again.',
    fixes: ['destroy'],
  },
  {
    id: 'state',
    pattern: /has a state that does not exist/i,
    title: 'The record of the shard has no valid state',
    advice: 'The record names the piece, so the shard can be made anew from it: recover.',
    fixes: ['recover'],
  },
  {
    id: 'busy',
    pattern: /locked by another process/i,
    title: 'The piece was in use by another program',
    advice: 'Wait until the other program is done with it, then recover the shards.',
    fixes: ['recover'],
  },
  {
    // What Lotus found no copy of at all also begins with "failed to unseal".
    id: 'sealed',
    pattern: /sealed (copy|sector)|unseal it|only sealed|failed to unseal(?!.*(are gone|no such sector))/i,
    title: 'Only a sealed copy exists',
    advice:
      'Have the sectors unsealed, or name a source that has unsealed copies. Recover says first how many of them can be read by now.',
    fixes: ['recover', 'sources'],
  },
  {
    id: 'no-space',
    pattern: /(no|not enough) space|ENOSPC|disk is full|quota/i,
    title: 'The disk was full',
    advice: 'Free space first: Collect garbage removes transients that nothing reads. Then recover the shards.',
    fixes: ['collect-garbage', 'quota', 'recover'],
  },
  {
    id: 'index',
    pattern:
      /has no index|index (of shard \S+ )?(is |was )?(missing|damaged|invalid|corrupt|wrong|does not fit)|index points to|failed to (add|get|load|open|recover) index|index codec/i,
    title: 'The index is missing or damaged',
    advice: 'The data is fine. Re-index builds the index again from the piece, without fetching it again.',
    fixes: ['reindex', 'recover'],
  },
  {
    id: 'missing',
    pattern:
      /no source has|nothing at|not found|no such (file|sector)|no storage deals|ENOENT|no longer (exists|there)|does not exist|does not hold/i,
    title: 'The piece is not there',
    advice:
      'Put the piece back or connect the source that holds it, then recover. If it is gone for good, destroy the shard.',
    fixes: ['sources', 'recover', 'destroy'],
  },
  {
    id: 'unreachable',
    pattern:
      /ECONN|ETIMEDOUT|cannot be (read|reached)|does not answer|cannot serve|sent nothing|ended after|timed? ?out|unreachable|answers …/i,
    title: 'The place that holds the piece does not answer',
    advice: 'Check that it runs and that its address is right, then recover the shards.',
    fixes: ['recover', 'sources'],
  },
  {
    id: 'permission',
    pattern: /permission|EACCES|EPERM|unauthorized|may not be (read|asked)/i,
    title: 'The piece may not be read',
    advice: 'Give the user that runs Carport permission to read the piece, then recover the shards.',
    fixes: ['recover'],
  },
  {
    id: 'changed',
    pattern: /changed (while|since)|become shorter|was cut while/i,
    title: 'The piece changed while it was read',
    advice: 'Wait until the other program is done with it, then recover the shards.',
    fixes: ['recover'],
  },
  {
    id: 'malformed',
    pattern:
      /\bCAR(v…|v\d)?\b|malformed|invalid (header|cid)|section at byte|multihash|unexpected (EOF|end)|truncated|cut off|damaged|mismatch|corrupt|is piece .*, not|when it was added/i,
    title: 'The piece is damaged or is no CAR',
    advice: 'Verify the file under Inspect. A damaged piece has to be fetched again; recovering reads the same bytes.',
    fixes: ['verify', 'recover', 'destroy'],
  },
]

/** What settings may mend, but not where the piece is a file on this machine. */
const OF_SOURCES: ReadonlySet<string> = new Set(['missing', 'unreachable', 'sealed'])

/** Shards that failed or lack something by cause, the largest group first. Unknown errors are grouped by their words without names and numbers. */
export function groupByCause(shards: Iterable<ShardView>): CauseGroup[] {
  const groups = new Map<string, CauseGroup>()
  for (const shard of shards) {
    if (!needsAttention(shard)) continue
    const { id, title, advice, fixes } = causeOfShard(shard)
    const group = groups.get(id)
    if (group !== undefined) group.shards.push(shard)
    else groups.set(id, { id, title, advice, fixes, shards: [shard] })
  }
  for (const group of groups.values())
    if (OF_SOURCES.has(group.id) && group.shards.every((shard) => mountedFile(shard) !== null))
      group.fixes = group.fixes.filter((fix) => fix !== 'sources')
  return [...groups.values()].sort((a, b) => b.shards.length - a.shards.length || (a.id < b.id ? -1 : 1))
}

/** Whether it has failed, or serves less than it should. */
export function needsAttention({ state, error }: ShardView): boolean {
  return state === 'Errored' || (error !== null && (state === 'Available' || state === 'Serving'))
}

/** The file on the engine's machine that a shard is mounted from. */
export function mountedFile({ url }: ShardView): string | null {
  if (!url.startsWith('file:///')) return null
  const path = decodeURIComponent(new URL(url).pathname)
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
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

/** Why a shard failed; asked for each row that comes into view. */
export function shardCauseTitle(shard: ShardView): string {
  return causeOfShard(shard).title
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

/** Which settings the fix `sources` is about: the one that the error names, else where the shard's bytes come from. */
export function settingsFor({ error, url }: Pick<ShardView, 'error' | 'url'>): string {
  const named = /\b(?:Pieces|HttpMounts|DAGStore)\.[A-Z]\w+/.exec(error ?? '')?.[0]
  return named ?? (/^https?:/.test(url) ? 'HttpMounts' : 'Pieces')
}
