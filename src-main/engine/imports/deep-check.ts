import type { CID } from 'multiformats/cid'
import type { Problem } from '../../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { walkDag } from '../unixfs/index.ts'
import type { ImportRecord } from './import-record.ts'
import type { Health } from './sanity-check.ts'

const REMEDIES: Partial<Record<string, Problem['remedies']>> = {
  SOURCE_MISSING: ['relink', 'drop'],
  SOURCE_CHANGED: ['relink', 'reimport', 'drop'],
  SOURCE_UNREADABLE: ['drop'],
}

/** Reads and hashes every block of an import, leaves of linked ones included. */
export async function deepCheck(
  record: ImportRecord,
  root: CID,
  blockstore: Blockstore,
  { signal, onProgress }: LongWorkOptions,
): Promise<Health> {
  let doneBytes = 0
  try {
    for await (const { bytes } of walkDag(blockstore, root, { signal })) {
      doneBytes += bytes.length
      onProgress?.({ phase: 'Hashing every block', doneBytes, totalBytes: record.sizeBytes })
    }
    return { health: 'ok', problem: null }
  } catch (thrown) {
    const { code, kind, message } = EngineError.from(thrown)
    if (kind === 'cancelled' || code === 'CLOSED') throw thrown
    return { health: 'broken', problem: { code, message, remedies: REMEDIES[code] ?? ['reimport', 'drop'] } }
  }
}
