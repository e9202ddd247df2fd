import { z } from 'zod'
import { rpcMethods } from '../index.ts'
import { openRpcDocument } from '../openrpc.ts'

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]

/** A method as a stranger reads of it in the OpenRPC document. */
export interface DocumentedMethod {
  name: string
  params: Array<{ name: string; schema: JsonSchema }>
  result: { name: string; schema: JsonSchema }
  'x-permission': string
  'x-channel'?: boolean
}

export const documentedMethods = (openRpcDocument(rpcMethods()) as { methods: DocumentedMethod[] }).methods

/** Holds what a method was given and what it answered against the document. */
export function expectAsDocumented(name: string, params: readonly unknown[], result: unknown): void {
  const method = documentedMethods.find((each) => each.name === `Filecoin.${name}`)
  if (method === undefined) throw new Error(`${name} is not documented.`)
  for (const [at, { schema }] of method.params.entries()) expectFits(`${name} parameter ${at}`, schema, params[at])
  expectFits(`the result of ${name}`, method.result.schema, result)
}

function expectFits(what: string, schema: JsonSchema, value: unknown): void {
  // JSON.parse rounds integers of 64 bits, which are more than zod takes for one.
  const rounded = JSON.parse(JSON.stringify(value ?? null), (_key, part) =>
    Number.isInteger(part) && !Number.isSafeInteger(part) ? Number.MAX_SAFE_INTEGER : part,
  )
  const parsed = z.fromJSONSchema(schema).safeParse(rounded)
  if (!parsed.success) throw new Error(`${what} is not what the document says: ${parsed.error.message}`)
}
