import { dealRoute, infoRoute } from './deal-route.ts'
import { gatewayRoute } from './gateway/index.ts'
import { DEFAULT_LIMITS, HttpListener, type Route } from './http-listener.ts'
import type { ProviderServer, ProviderServerConfig, ProviderServerPorts } from './net-ports.ts'
import { pieceRoute } from './piece-route.ts'

/** The provider role's listener. What a port says null to is not served and not named in `/info`. */
export function createProviderServer(ports: ProviderServerPorts, config: ProviderServerConfig): ProviderServer {
  const { deals, dags, pieces, transfers } = ports
  const limits = { ...DEFAULT_LIMITS, ...config.limits }
  const log = ports.log.child('provider-server')
  const routes: Route[] = [
    infoRoute(config.version, { deals: deals !== null, gateway: dags !== null, pieces: pieces !== null }),
  ]
  if (deals !== null) routes.push(dealRoute(deals, limits.maxBodyBytes))
  if (dags !== null) routes.push(gatewayRoute(dags, transfers))
  if (pieces !== null) routes.push(pieceRoute(pieces, transfers))
  const listener = new HttpListener({ routes, limits, log })
  return {
    get url() {
      return listener.url
    },
    async start() {
      const url = await listener.listen(config.listen)
      log.info('the provider listens', { url })
      return url
    },
    close: () => listener.close(),
  }
}
