import type { Verbs } from '../verbs.ts'
import { apiInfo } from './api-info.ts'
import { createToken } from './create-token.ts'

export const authVerbs = (verbs: Verbs) =>
  verbs.group('auth', 'tokens for the JSON-RPC at /rpc/v0', [createToken, apiInfo])
