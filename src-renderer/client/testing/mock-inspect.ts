import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { type Answers, pause } from './mock-engine.ts'

export function mockInspect({ answer }: Answers) {
  return {
    inspect: () => answer(() => INSPECTION),
    verify: ({ path }: { path: string }) => answer(() => verification(path)),
    repair: ({ outPath }: { outPath: string }) =>
      answer(() => ({ outPath, actions: ['cut off 3.2 KiB', 'built the index'], verdict: verdictOf(outPath, true) })),
  }
}

async function* verification(path: string) {
  const totalBytes = 29.8 * 2 ** 30
  for (let step = 0; step < 6; step++) {
    yield {
      type: 'progress' as const,
      progress: {
        phase: 'Checking blocks',
        doneBytes: (totalBytes * step) / 6,
        totalBytes,
        rate: 1.1 * 2 ** 30,
        etaSeconds: 27 - step * 4,
      },
    }
    await pause(path.includes('slow') ? 3000 : 60)
  }
  yield { type: 'done' as const, verdict: verdictOf(path, !path.includes('broken')) }
}

function verdictOf(path: string, ok: boolean): CarVerdict {
  const root = 'bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34'
  return {
    ok,
    verdict: ok
      ? 'This CAR is good. Every block matches its hash, nothing is missing below the root, and the index agrees.'
      : 'This CAR was cut off. 30,498 blocks before the cut are whole; the index was never written. Repair keeps the whole blocks and builds the index.',
    path,
    version: 2,
    roots: [root],
    missingRoots: [],
    blockCount: 30_514,
    payloadBytes: 29.8 * 2 ** 30,
    fileBytes: 31_997_212_004,
    trailingZeroBytes: ok ? 4096 : 0,
    dagComplete: ok,
    missingBlocks: ok ? [] : Array.from({ length: 16 }, () => root),
    index: ok ? 'ok' : 'absent',
    problems: ok
      ? []
      : [
          {
            code: 'CAR_TRUNCATED',
            message: 'The section at byte 31,996,102,144 ends 3.2 KiB after the end of the file.',
            offset: 31_996_102_144,
          },
          { code: 'CAR_UNFINALIZED', message: 'The header says that the file was not finished.', offset: 11 },
        ],
    pieceCid: 'baga6ea4seaqao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq',
    pieceCidV2: 'bafkzcibcaapao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq',
    pieceSize: 2 ** 35,
    repairs: ok ? [] : ['truncate', 'rebuild-index', 'finalize'],
  }
}

const INSPECTION = {
  version: 2,
  roots: ['bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34'],
  rootsPresent: true,
  blockCount: 30_514,
  blockLength: { min: 36, mean: 1_047_912, max: 1_048_576 },
  cidLength: { min: 36, mean: 36, max: 36 },
  codecs: { raw: 30_482, 'dag-pb': 32 },
  multihashes: { 'sha2-256': 30_514 },
  payloadOffset: 51,
  payloadBytes: 29.8 * 2 ** 30,
  indexOffset: 31_995_002_011,
  indexCodec: 'MultihashIndexSorted',
  fullyIndexed: true,
  finalized: true,
  trailingZeroBytes: 4096,
  isReferenceCar: false,
}
