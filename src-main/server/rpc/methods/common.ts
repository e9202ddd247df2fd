import { z } from 'zod'
import { VERSION } from '../../../../src-shared/version.ts'
import { PERMISSIONS } from '../../../host/index.ts'
import { failure } from '../rpc-error.ts'
import { method, param, type RpcMethod } from '../rpc-method.ts'

/** As lotus-miner counted when it got the dagstore: 1.2.0, a byte for each part. */
const API_VERSION = 0x01_02_00
const BLOCK_DELAY_SECONDS = 30
const permissions = z.array(z.enum(PERMISSIONS))

/** `discover` gives the OpenRPC document of all methods. */
export function commonMethods(discover: () => Record<string, unknown>): RpcMethod[] {
  return [
    method(
      {
        name: 'Version',
        permission: 'read',
        summary: 'Tells the versions of Carport and of this API.',
        params: [],
        result: {
          name: 'version',
          schema: z.object({ Version: z.string(), APIVersion: z.number(), BlockDelay: z.number() }),
        },
      },
      () => ({ Version: `${VERSION}+carport`, APIVersion: API_VERSION, BlockDelay: BLOCK_DELAY_SECONDS }),
    ),
    method(
      {
        name: 'AuthVerify',
        permission: 'read',
        summary: 'Says what a token allows.',
        params: [param('token', z.string().max(8192))],
        result: { name: 'permissions', schema: permissions },
      },
      async ({ allowedBy }, token) => {
        const allow = await allowedBy(token)
        if (allow === null) throw failure('JWT Verification failed: this token was not made here')
        return allow
      },
    ),
    method(
      {
        name: 'AuthNew',
        permission: 'admin',
        summary: 'Makes a token, as base64.',
        params: [param('perms', permissions)],
        result: { name: 'token', schema: z.string() },
      },
      async ({ tokens }, allow) => Buffer.from(await tokens.create(allow)).toString('base64'),
    ),
    method(
      {
        name: 'Discover',
        permission: 'read',
        summary: 'The OpenRPC document of this API.',
        params: [],
        result: { name: 'document', schema: z.record(z.string(), z.unknown()) },
      },
      () => discover(),
    ),
  ]
}
