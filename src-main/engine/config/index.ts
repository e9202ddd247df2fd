export { Config } from './config.ts'
export { parseListenAddress } from './setting.ts'
export type { ConfigValues } from './settings-schema.ts'
