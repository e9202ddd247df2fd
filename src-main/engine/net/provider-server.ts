import { EngineError } from '../base/index.ts'
import type { ProviderServer, ProviderServerConfig, ProviderServerPorts } from './net-ports.ts'

export function createProviderServer(_ports: ProviderServerPorts, _config: ProviderServerConfig): ProviderServer {
  throw new EngineError('UNSUPPORTED', 'not yet')
}
