/** What every host of the engine needs: the desktop app, the headless server and the command line. */
export {
  type EngineAddress,
  engineAddressUrl,
  engineMultiaddr,
  ensureToken,
  readEngineAddress,
  removeEngineAddress,
  usualPort,
  writeEngineAddress,
} from './address-file.ts'
export { ApiTokens, PERMISSIONS, type Permission, permissionsUpTo } from './api-tokens.ts'
export { dataDirectory } from './data-directory.ts'
export { type HostedEngine, type HostPaths, openEngine } from './open-engine.ts'
export { type RendererFile, readRendererFile, SECURITY_HEADERS } from './renderer-files.ts'
