import { EngineError } from '../base/index.ts'
import type { Deals, DealsConfig, DealsPorts } from './deal-ports.ts'

export function createDeals(_ports: DealsPorts, _config: DealsConfig): Deals {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
