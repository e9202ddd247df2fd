import { EngineError } from '../base/index.ts'
import type { Transfers, TransfersConfig, TransfersPorts } from './transfer-ports.ts'

export function createTransfers(_ports: TransfersPorts, _config: TransfersConfig): Transfers {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
