import type { ShardAudit } from '../../../../src-shared/contract/index.ts'
import type { EngineError } from '../../base/index.ts'
import { indexCodecName } from '../../car/index.ts'
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
  }
}

/** What an audit found, in sentences a person can act on, the worst first. */
export function auditOf(key: string, { broken, ...found }: IndexFindings): ShardAudit {
  const facts = { ...found, key, codec: indexCodecName(found.codec) }
  if (broken !== null)
    return {
      ...facts,
      result: 'piece-damaged',
      verdict: `The piece cannot be read to its end, so the index was not compared with it. ${broken.message}`,
      remedy: 'recover',
    }
  const { missing, misplaced, extra, damaged } = found
  const sentences: string[] = []
  if ((damaged ?? 0) > 0)
    sentences.push(
      `${counted(damaged ?? 0, 'block is', 'blocks are')} damaged: the bytes do not match the CID. A new index does not mend that; the piece has to be fetched again.`,
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
  const wrong = missing + misplaced + extra > 0
  if (sentences.length === 0) return { ...facts, result: 'good', verdict: goodVerdict(found), remedy: null }
  return {
    ...facts,
    result: (damaged ?? 0) > 0 ? 'piece-damaged' : 'index-wrong',
    verdict: sentences.join(' '),
    remedy: (damaged ?? 0) > 0 ? 'recover' : wrong ? 'reindex' : null,
  }
}

function goodVerdict({ recordCount, damaged }: Pick<IndexFindings, 'recordCount' | 'damaged'>): string {
  const found = `Every block can be found: ${counted(recordCount, 'record leads', 'records lead')} where ${recordCount === 1 ? 'its block is' : 'their blocks are'}.`
  return damaged === null
    ? `${found} The blocks' bytes were not hashed, since they are not in a file on this machine.`
    : `${found} The bytes of every block match its CID.`
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

function it(count: number): string {
  return count === 1 ? 'it' : 'them'
}
