import { join } from 'node:path'
import { ADVICE } from '../../../src-shared/errors/index.ts'
import { checkLevelFiles, dagstoreDirectory, EngineError, keptCopies } from '../../engine/index.ts'
import { type Finding, note, problem } from './finding.ts'

/** The databases as files, before anything opens them: opening repairs them. Of a running engine only what it repaired. */
export async function checkRecords(dataDir: string, dagstoreRoot: string, isRunning: boolean): Promise<Finding[]> {
  const findings: Finding[] = []
  const dagstore = dagstoreDirectory(dataDir, dagstoreRoot)
  for (const directory of [join(dataDir, 'datastore'), join(dagstore, 'datastore')]) {
    if (!isRunning) findings.push(...(await checkFiles(directory)))
    for (const kept of await keptCopies(directory))
      findings.push(
        note(
          'records',
          `${directory} was damaged and has been repaired; what was found is kept in ${kept}.`,
          'Look for what is missing: carport dagstore list-shards, carport client local. When all is there, delete that copy.',
        ),
      )
  }
  return findings
}

async function checkFiles(directory: string): Promise<Finding[]> {
  try {
    const problems = await checkLevelFiles(directory, { wholly: true })
    return problems.map((trouble) => problem('records', `${directory} is damaged: ${trouble}`, ADVICE.STORE_CORRUPT))
  } catch (error) {
    return [problem('records', EngineError.from(error).message, 'Let your user read it, then look again.')]
  }
}
