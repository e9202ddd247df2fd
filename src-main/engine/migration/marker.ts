import { stat } from 'node:fs/promises'
import { EngineError, isErrnoException, type Logger, writeFileAtomic } from '../base/index.ts'

/** The empty file that says that all deals of before are shards; Lotus' and Carport's alike. */
export async function isMarkedComplete(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ENOENT') return false
    throw EngineError.from(error)
  }
}

/** A marker that cannot be written costs no more than doing it all again: it is only logged. */
export async function markComplete(path: string, log: Logger): Promise<void> {
  try {
    if (!(await isMarkedComplete(path))) await writeFileAtomic(path, '')
    log.info('successfully marked migration as complete')
  } catch (error) {
    log.error('failed to mark shards as registered', { error: EngineError.from(error).message })
  }
  log.info('dagstore migration complete')
}
