export { gatewayRoute } from './gateway-route.ts'
