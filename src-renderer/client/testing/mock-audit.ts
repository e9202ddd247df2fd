import type { AuditEvent, ShardAudit } from '../../../src-shared/contract/index.ts'

const PIECE_BYTES = 17_179_869_184
const STEPS = 20

/** An audit that takes a moment; shards whose key ends in a letter of the second half have a wrong index. */
export async function* mockAudit(key: string): AsyncGenerator<AuditEvent, void, void> {
  for (let step = 0; step < STEPS; step++) {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const doneBytes = (PIECE_BYTES * step) / STEPS
    const left = (STEPS - step) * 0.6
    yield {
      type: 'progress',
      progress: { phase: 'Reading the piece', doneBytes, totalBytes: PIECE_BYTES, rate: 1.4e9, etaSeconds: left },
    }
  }
  yield { type: 'done', audit: key.charCodeAt(key.length - 1) % 2 === 0 ? wrong(key) : good(key) }
}

function good(key: string): ShardAudit {
  return {
    key,
    result: 'good',
    verdict:
      'Every block can be found: 48,213 records lead where their blocks are. The bytes of every block match its CID.',
    remedy: null,
    codec: 'car-multihash-index-sorted',
    recordCount: 48_213,
    blockCount: 48_213,
    missing: 0,
    misplaced: 0,
    extra: 0,
    damaged: 0,
    payload: { verified: true, reason: null, canBe: true },
    examples: [],
  }
}

function wrong(key: string): ShardAudit {
  return {
    ...good(key),
    result: 'index-wrong',
    verdict:
      '2 blocks cannot be found: the index has no record of them. 1 record names a block that is not in the piece.',
    remedy: 'reindex',
    recordCount: 48_212,
    missing: 2,
    extra: 1,
    examples: [
      { kind: 'missing', multihash: `1220${'5d41402abc4b2a76'.repeat(4)}`, offset: 1_048_635 },
      { kind: 'missing', multihash: `1220${'b9719d911017c592'.repeat(4)}`, offset: 9_437_243 },
      { kind: 'extra', multihash: `1220${'7d793037a0760186'.repeat(4)}`, offset: 4_194_363 },
    ],
  }
}
