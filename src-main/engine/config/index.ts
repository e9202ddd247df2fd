export { Config, environmentName } from './config.ts'
export { parseListenAddress } from './setting.ts'
export type { ConfigValues } from './settings-schema.ts'
