import { EngineError } from '../base/index.ts'
import type { Dagstore, DagstoreOptions } from './dagstore-ports.ts'

export function createDagstore(_options: DagstoreOptions): Dagstore {
  throw new EngineError('INTERNAL', 'The dagstore is being built.')
}
