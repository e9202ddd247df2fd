export {
  DEAL_PROTOCOL_VERSION,
  type DealProposal,
  type DealStatus,
  dealProposal,
  dealStatus,
  type RemoteDealState,
} from './deal-protocol.ts'
export type {
  DealDoor,
  HttpClientConfig,
  ListenAddress,
  ProviderServer,
  ProviderServerConfig,
  ProviderServerPorts,
  ServedPieces,
  ServerLimits,
} from './net-ports.ts'
export { createProviderServer } from './provider-server.ts'
