import type { ShardAudit } from '../../../../src-shared/contract/index.ts'
import type { EngineError } from '../../base/index.ts'
import { type IndexCodec, indexCodecName } from '../../car/index.ts'
import type { IndexFindings } from './audit-index.ts'

const NOTHING_FOUND = {
  codec: null,
  recordCount: null,
  blockCount: null,
  missing: 0,
  misplaced: 0,
  extra: 0,
  damaged: null,
  examples: [],
} satisfies Partial<ShardAudit>

/** Of an index that is not there, or has no structure that could be compared. */
export function auditOfLostIndex(key: string, error: EngineError): ShardAudit {
  const missing = error.code === 'INDEX_MISSING'
  return {
    ...NOTHING_FOUND,
    key,
    result: missing ? 'index-missing' : 'index-unreadable',
    verdict: missing
      ? 'There is no index: no block of this shard can be found.'
      : `The index cannot be read: ${error.message}`,
    remedy: 'reindex',
    payload: notVerified('There is no index that it could be compared with.'),
  }
}

/** Of an index whose piece cannot be read. */
export function auditOfIndexAlone(
  key: string,
  { codec, recordCount }: { codec: IndexCodec; recordCount: number },
  reason: string,
): ShardAudit {
  return {
    ...NOTHING_FOUND,
    ...{ key, codec: indexCodecName(codec), recordCount },
    result: 'not-compared',
    verdict: `The index can be read and has ${counted(recordCount, 'record', 'records')}, but it was not compared with the piece. ${reason}`,
    remedy: null,
    payload: notVerified(reason),
  }
}

/**
 * What an audit found, in sentences a person can act on, the worst first. `inPlace`: the piece is read where its owner
 * keeps it, so that there is no copy which could be fetched anew.
 */
export function auditOf(key: string, { broken, ...found }: IndexFindings, inPlace: boolean): ShardAudit {
  const pieceRemedy = inPlace ? null : 'recover'
  const facts = { ...found, key, codec: indexCodecName(found.codec), payload: payloadOf(found.damaged, broken) }
  if (broken !== null)
    return {
      ...facts,
      result: 'piece-damaged',
      verdict: `The piece cannot be read to its end, so the index was not compared with it. ${broken.message}${inPlace ? ' It is read in place: put the whole file back there; nothing has to be recovered then.' : ''}`,
      remedy: pieceRemedy,
    }
  const { missing, misplaced, extra, damaged } = found
  const sentences: string[] = []
  if ((damaged ?? 0) > 0)
    sentences.push(
      `${counted(damaged ?? 0, 'block is', 'blocks are')} damaged: the bytes do not match the CID. A new index does not mend that; ${inPlace ? 'a good copy has to be put in its place' : 'the piece has to be fetched again'}.`,
    )
  if (missing > 0)
    sentences.push(`${counted(missing, 'block', 'blocks')} cannot be found: the index has no record of ${it(missing)}.`)
  if (misplaced > 0)
    sentences.push(
      `${counted(misplaced, 'block', 'blocks')} cannot be read: the index leads to the wrong place for ${it(misplaced)}.`,
    )
  if (extra > 0)
    sentences.push(
      `${counted(extra, 'record names a block', 'records name blocks')} that ${extra === 1 ? 'is' : 'are'} not in the piece.`,
    )
  if (sentences.length === 0) return { ...facts, result: 'good', verdict: goodVerdict(found), remedy: null }
  return {
    ...facts,
    result: (damaged ?? 0) > 0 ? 'piece-damaged' : 'index-wrong',
    verdict: sentences.join(' '),
    remedy: (damaged ?? 0) > 0 ? pieceRemedy : 'reindex',
  }
}

function goodVerdict({ recordCount, damaged }: Pick<IndexFindings, 'recordCount' | 'damaged'>): string {
  const found = `Every block can be found: ${counted(recordCount, 'record leads', 'records lead')} where ${recordCount === 1 ? 'its block is' : 'their blocks are'}.`
  return damaged === null
    ? `${found} The blocks' bytes were not hashed, since they are not in a file on this machine.`
    : `${found} The bytes of every block match its CID.`
}

/** What was read of the piece, and what was not. */
function payloadOf(damaged: number | null, broken: IndexFindings['broken']): ShardAudit['payload'] {
  if (broken !== null) return notVerified('It cannot be read to its end.')
  if (damaged !== null) return { verified: true, reason: null, canBe: true }
  return {
    verified: false,
    reason: 'It is not in a file on this machine: a full audit fetches all of it and hashes every block.',
    canBe: true,
  }
}

function notVerified(reason: string): ShardAudit['payload'] {
  return { verified: false, reason, canBe: false }
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

function it(count: number): string {
  return count === 1 ? 'it' : 'them'
}
