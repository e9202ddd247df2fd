import { EngineError } from '../base/index.ts'
import type { Retrievals, RetrievalsConfig, RetrievalsPorts } from './retrieval-ports.ts'

export function createRetrievals(_ports: RetrievalsPorts, _config: RetrievalsConfig): Retrievals {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
