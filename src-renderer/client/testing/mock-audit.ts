import type { AuditEvent, ShardAudit, ShardView } from '../../../src-shared/contract/index.ts'

const STEPS = 20
/** Of a record of an index: its digest and its offset. */
const RECORD_BYTES = 40

/** An audit that takes a moment; shards whose key ends in a letter of the second half have a wrong index. */
export async function* mockAudit({ key, sizeBytes, indexBytes }: ShardView): AsyncGenerator<AuditEvent, void, void> {
  const totalBytes = sizeBytes ?? 0
  for (let step = 0; step < STEPS; step++) {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const doneBytes = Math.round((totalBytes * step) / STEPS)
    const left = (STEPS - step) * 0.6
    yield {
      type: 'progress',
      progress: { phase: 'Reading the piece', doneBytes, totalBytes, rate: 1.4e9, etaSeconds: left },
    }
  }
  const blockCount = mockBlockCount(indexBytes)
  if (blockCount === null) yield { type: 'done', audit: lost(key) }
  else
    yield {
      type: 'done',
      audit: key.charCodeAt(key.length - 1) % 2 === 0 ? wrong(key, blockCount) : good(key, blockCount),
    }
}

/** Of a shard with an index of so many bytes; null where there is none. */
export function mockBlockCount(indexBytes: number | null): number | null {
  return indexBytes === null ? null : Math.round(indexBytes / RECORD_BYTES)
}

function good(key: string, blockCount: number): ShardAudit {
  const records = blockCount.toLocaleString('en')
  return {
    key,
    result: 'good',
    verdict: `Every block can be found: ${records} records lead where their blocks are. The bytes of every block match its CID.`,
    remedy: null,
    codec: 'car-multihash-index-sorted',
    recordCount: blockCount,
    blockCount,
    missing: 0,
    misplaced: 0,
    extra: 0,
    damaged: 0,
    payload: { verified: true, reason: null, canBe: true },
    examples: [],
  }
}

function wrong(key: string, blockCount: number): ShardAudit {
  return {
    ...good(key, blockCount),
    result: 'index-wrong',
    verdict:
      '2 blocks cannot be found: the index has no record of them. 1 record names a block that is not in the piece.',
    remedy: 'reindex',
    recordCount: blockCount - 1,
    missing: 2,
    extra: 1,
    examples: [
      { kind: 'missing', multihash: `1220${'5d41402abc4b2a76'.repeat(4)}`, offset: 1_048_635 },
      { kind: 'missing', multihash: `1220${'b9719d911017c592'.repeat(4)}`, offset: 9_437_243 },
      { kind: 'extra', multihash: `1220${'7d793037a0760186'.repeat(4)}`, offset: 4_194_363 },
    ],
  }
}

function lost(key: string): ShardAudit {
  return {
    ...good(key, 0),
    result: 'index-missing',
    verdict: 'There is no index: no block of this shard can be found.',
    remedy: 'reindex',
    ...{ codec: null, recordCount: null, blockCount: null, damaged: null },
    payload: { verified: false, reason: 'There is no index that it could be compared with.', canBe: false },
  }
}
