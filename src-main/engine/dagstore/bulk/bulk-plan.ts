import type { BulkPlan, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { generalWords } from '../../../../src-shared/errors/index.ts'
import { throwIfAborted } from '../../base/index.ts'
import { parsePieceCid } from '../../commp/index.ts'
import type { MountStat } from '../mount/mount.ts'
import { isUsableShardKey } from '../records/shard-records.ts'
import type { Shard } from '../shard.ts'
import { askSource, NO_SUCH_SHARD, objectionTo, readsSource, type ShardVerb } from './judge-shard.ts'

export interface PlanPorts {
  find(key: string): Shard | undefined
  /** There is a row under this key of which no shard could be made. */
  isDamaged(key: string): boolean
  /** Asks what a mount of this URL would read from. */
  statSource(url: string, options: { signal?: AbortSignal }): Promise<MountStat>
}

export interface PlanOptions {
  verb: BulkVerb
  includeSealed?: boolean
  lazy?: boolean
  /** Of one shard to be registered: where its bytes are. Default: the piece that the key names. */
  url?: string | null
  signal?: AbortSignal
  onProgress?: (looked: number) => void
}

export interface Skipped {
  key: string
  /** As it is shown for this shard. */
  reason: string
  /** What it has in common with others. */
  words: string
}

/** What a run would do, in order, and what it would pass over. */
export interface Plan {
  verb: BulkVerb
  lazy: boolean
  /** null: of pieces. */
  url: string | null
  keys: readonly string[]
  skipped: readonly Skipped[]
  bytes: BulkPlan['bytes']
}

/** Sources may be asked over the network. */
const LOOKING_AT_ONCE = 16
/** Then others have their turn: a hundred thousand judgements take a while even where no source is asked. */
const LOOKED_IN_A_ROW = 1000

interface Verdict {
  key: string
  objection: string | null
  pieceBytes: number | null
  shard: Shard | undefined
}

/** Looks at every key once, in order; touches nothing. Twice the same key counts once. */
export async function makePlan(ports: PlanPorts, keys: Iterable<string>, options: PlanOptions): Promise<Plan> {
  const { signal, onProgress } = options
  const asked = [...new Set(keys)]
  const verdicts: Verdict[] = []
  let next = 0
  let looked = 0
  const look = async () => {
    while (next < asked.length) {
      throwIfAborted(signal)
      const at = next++
      verdicts[at] = await verdictOn(asked[at] ?? '', ports, options)
      onProgress?.(++looked)
      if (looked % LOOKED_IN_A_ROW === 0) await new Promise(setImmediate)
    }
  }
  await Promise.all(Array.from({ length: LOOKING_AT_ONCE }, look))
  throwIfAborted(signal)
  const wanted = verdicts.filter(({ objection }) => objection === null)
  return {
    verb: options.verb,
    lazy: options.lazy ?? true,
    url: options.url ?? null,
    keys: [...new Set(wanted.map(({ key }) => key))],
    skipped: verdicts.flatMap(({ key, objection }) =>
      objection === null ? [] : [{ key, reason: objection, words: generalWords(objection) }],
    ),
    bytes: bytesOf(wanted),
  }
}

/** Counts of equal words, the largest first. */
export function countWords(words: Iterable<string>): Array<{ reason: string; count: number }> {
  const counts = new Map<string, number>()
  for (const each of words) counts.set(each, (counts.get(each) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}

async function verdictOn(key: string, ports: PlanPorts, options: PlanOptions): Promise<Verdict> {
  const { verb, includeSealed = false, signal } = options
  if (verb === 'register') return verdictOnPiece(key, ports, options)
  const shard = ports.find(key)
  const verdict = { key, pieceBytes: shard?.sizeBytes ?? null, shard }
  if (shard === undefined) return { ...verdict, objection: objectionToRow(key, verb, ports) }
  const objection = objectionTo(verb, shard.facts)
  if (objection !== null || includeSealed || !readsSource(verb, shard)) return { ...verdict, objection }
  const answer = await askSource(shard.upgrader, signal)
  return { ...verdict, objection: answer.objection, pieceBytes: answer.sizeBytes ?? verdict.pieceBytes }
}

function objectionToRow(key: string, verb: ShardVerb, ports: PlanPorts): string | null {
  if (!ports.isDamaged(key)) return NO_SUCH_SHARD
  return verb === 'destroy' ? null : 'Its record is damaged: it can only be destroyed.'
}

async function verdictOnPiece(
  text: string,
  ports: PlanPorts,
  { includeSealed = false, lazy = true, url = null, signal }: PlanOptions,
): Promise<Verdict> {
  const key = url === null ? canonicalPieceCid(text) : usableKey(text)
  const verdict = { key: key ?? text, pieceBytes: null, shard: undefined }
  if (key === null)
    return { ...verdict, objection: url === null ? 'It is not a piece CID.' : 'It cannot be a shard key.' }
  if (ports.find(key) !== undefined || ports.isDamaged(key))
    return { ...verdict, objection: 'It is registered already.' }
  if (includeSealed) return { ...verdict, objection: null }
  const stat = {
    stat: (options: { signal?: AbortSignal }) => ports.statSource(url ?? `lotus://${key}`, options),
  }
  const answer = await askSource(stat, signal)
  // Registering lazily reads nothing: it may be unsealed by the time somebody asks for it.
  return { ...verdict, objection: lazy && answer.sealedOnly ? null : answer.objection, pieceBytes: answer.sizeBytes }
}

function usableKey(key: string): string | null {
  return isUsableShardKey(key) ? key : null
}

function canonicalPieceCid(text: string): string | null {
  try {
    return parsePieceCid(text.trim()).pieceCid.toString()
  } catch {
    return null
  }
}

function bytesOf(verdicts: readonly Verdict[]): BulkPlan['bytes'] {
  const bytes = { pieces: 0, indexes: 0, transients: 0 }
  for (const { pieceBytes, shard } of verdicts) {
    bytes.pieces += pieceBytes ?? 0
    bytes.indexes += shard?.indexBytes ?? 0
    if (shard?.hasCollectableTransient === true) bytes.transients += pieceBytes ?? 0
  }
  return bytes
}
