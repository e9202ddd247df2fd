import { EngineError, type Logger } from '../engine/index.ts'

/**
 * A defect that nothing caught ends the process, since nobody knows what state it is in; what was promised is on disk.
 * The reason goes into the log first. Returns the function that stops watching.
 */
export function reportCrash(log: Logger): () => void {
  const onCrash = (thrown: unknown): void => {
    const { message, stack } = thrown instanceof Error ? thrown : EngineError.from(thrown)
    log.error('Carport ends because of a defect', { error: message, stack })
    process.exit(1)
  }
  process.on('uncaughtException', onCrash)
  return () => process.off('uncaughtException', onCrash)
}
