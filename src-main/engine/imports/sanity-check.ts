import { stat } from 'node:fs/promises'
import type { ImportView, Problem } from '../../../src-shared/contract/index.ts'
import type { Logger } from '../base/index.ts'
import type { ImportRecord } from './import-record.ts'

/** What a look at an import's files found, without reading them. */
export interface Health {
  health: ImportView['health']
  problem: Problem | null
}

/**
 * Looks at the CAR and the source of every import. The messages are Lotus', word for word (lotus-behaviour.md 5.1), so
 * that an operator's log filters go on working.
 */
export async function sanityCheck(
  records: Iterable<ImportRecord>,
  log: Logger,
  found: (record: ImportRecord, health: Health) => void,
): Promise<{ broken: number; total: number }> {
  log.info('sanity checking imports')
  let broken = 0
  let total = 0
  for (const record of records) {
    if (record.state !== 'ready') continue
    total++
    const fields = { id: record.id, source: 'import', root: record.root, original: record.source }
    const carProblem = await checkCarPath(record)
    if (carProblem === 'absent') {
      broken++
      log.warn('import lacks carv2 path; import will not work; please reimport', fields)
      found(record, brokenBecause('FILE_NOT_FOUND', 'This import was made by an old version and has no CAR file.'))
    } else if (carProblem !== null) {
      broken++
      log.warn('import has missing/broken carv2; please reimport', { ...fields, error: carProblem })
      found(record, brokenBecause('FILE_NOT_FOUND', `The import's CAR, ${record.carPath}, is not there.`))
    } else {
      log.debug('import ok', fields)
      found(record, await checkSource(record))
    }
  }
  log.info('sanity check completed', { broken, total })
  return { broken, total }
}

async function checkCarPath(record: ImportRecord): Promise<'absent' | string | null> {
  if (record.carPath === null) return 'absent'
  return stat(record.carPath).then(
    () => null,
    (error: Error) => error.message,
  )
}

/** Only linked imports depend on their source once they are on disk. */
export async function checkSource(record: ImportRecord): Promise<Health> {
  if (record.kind !== 'linked') return { health: 'ok', problem: null }
  try {
    const source = await stat(record.source)
    if (record.mtimeMs === null) return { health: 'ok', problem: null }
    if (source.size === record.sizeBytes && source.mtimeMs === record.mtimeMs) return { health: 'ok', problem: null }
    return {
      health: 'attention',
      problem: {
        code: 'SOURCE_CHANGED',
        message: `${record.source} has changed since it was imported, so parts of it may no longer match.`,
        remedies: ['reimport', 'drop'],
      },
    }
  } catch {
    return {
      health: 'broken',
      problem: {
        code: 'SOURCE_MISSING',
        message: `${record.source} is no longer there, and a linked import has no copy of it.`,
        remedies: ['relink', 'drop'],
      },
    }
  }
}

function brokenBecause(code: string, message: string): Health {
  return { health: 'broken', problem: { code, message, remedies: ['reimport', 'drop'] } }
}
