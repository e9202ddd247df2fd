import { Option } from 'commander'
import type { Permission } from '../../host/index.ts'

export interface TokenOptions {
  perm: Permission
}

/** What a token allows; each permission includes those before it. */
export const permOption = () =>
  new Option('--perm <permission>', 'what the token allows, and everything before it')
    .choices(['read', 'write', 'sign', 'admin'])
    .makeOptionMandatory()

/** Signed with the secret of the data directory: no engine needs to run. */
export async function newToken(dataDir: string, { perm }: TokenOptions): Promise<string> {
  const { ApiTokens, permissionsUpTo } = await import('../../host/index.ts')
  return (await ApiTokens.open(dataDir)).create(permissionsUpTo(perm))
}
