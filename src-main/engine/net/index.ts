export { type ServedBytes, serveBytes } from './byte-range.ts'
export { DataServer, dealDataKey, type OfferedData, sameSecret } from './data-server.ts'
export { DealPeer } from './deal-peer.ts'
export {
  DEAL_PROTOCOL_VERSION,
  type DealProposal,
  type DealStatus,
  dealStatus,
  type RemoteDealState,
} from './deal-protocol.ts'
export { HttpClient, type HttpClientConfig, type PeerRequest } from './http-client.ts'
export type {
  DealDoor,
  ListenAddress,
  OutgoingLedger,
  OutgoingRead,
  OutgoingSpec,
  ProviderServer,
  ProviderServerConfig,
  ProviderServerPorts,
  ServedPieces,
  ServerLimits,
} from './net-ports.ts'
export { peerProtocol } from './peer-errors.ts'
export type { PeerResponse } from './peer-response.ts'
export { createProviderServer } from './provider-server.ts'
