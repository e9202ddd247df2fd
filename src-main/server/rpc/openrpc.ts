import { z } from 'zod'
import { VERSION } from '../../../src-shared/version.ts'
import type { RpcMethod } from './rpc-method.ts'
import { uint64 } from './rpc-types.ts'

/** The OpenRPC document of the methods: what `Filecoin.Discover` answers, and resources/openrpc.json holds. */
export function openRpcDocument(methods: readonly RpcMethod[]): Record<string, unknown> {
  return {
    openrpc: '1.2.6',
    info: {
      title: 'Carport',
      description:
        "The dagstore's and the client's part of Lotus' JSON-RPC API, at /rpc/v0 over HTTP and WebSocket. A token is needed: `carport auth create-token`.",
      version: VERSION,
    },
    methods: [...methods].sort((a, b) => (a.name < b.name ? -1 : 1)).map(describe),
  }
}

function describe(method: RpcMethod) {
  const { name, summary, params, result, permission, isChannel } = method
  return {
    name: `Filecoin.${name}`,
    summary,
    paramStructure: 'by-position',
    params: params.map((each) => ({ name: each.name, required: true, schema: schemaOf(each.schema) })),
    result: { name: result.name, schema: schemaOf(result.schema) },
    'x-permission': permission,
    ...(isChannel ? { 'x-channel': true } : {}),
  }
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === uint64)
        Object.assign(jsonSchema, { type: 'integer', minimum: 0, format: 'uint64' })
    },
  })
  return described
}
