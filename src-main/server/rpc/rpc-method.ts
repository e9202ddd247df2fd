import type { z } from 'zod'
import type { Engine } from '../../engine/index.ts'
import type { ApiTokens, Permission } from '../../host/index.ts'

/** Who calls, and with what. */
export interface RpcCall {
  engine: Engine
  tokens: ApiTokens
  /** What a token allows, the data directory's own included; null for one that is none of ours. */
  allowedBy(token: string): Promise<Permission[] | null>
  permissions: readonly Permission[]
  /** Aborted when the caller cancels, or goes away. */
  signal: AbortSignal
}

export interface RpcParam<Schema extends z.ZodType = z.ZodType> {
  name: string
  schema: Schema
}

/** One method as it is declared, documented and called. Parameters are positional. */
export interface RpcMethod {
  /** Without the namespace: `DagstoreGC`. */
  name: string
  permission: Permission
  summary: string
  params: readonly RpcParam[]
  /** Of the result; of each value where it is a channel. */
  result: { name: string; schema: z.ZodType }
  /** Whether the values come one by one, over a WebSocket only. */
  isChannel: boolean
  /** Of a channel: values come when something changes, which may be never. It is answered before the first. */
  isLive?: boolean
  run(call: RpcCall, params: readonly unknown[]): Promise<unknown> | AsyncIterable<unknown>
}

type Values<Params extends readonly RpcParam[]> = {
  [At in keyof Params]: Params[At] extends RpcParam<infer Schema> ? z.output<Schema> : never
}

interface Declaration<Params extends readonly RpcParam[], Result extends z.ZodType> {
  name: string
  permission: Permission
  summary: string
  params: Params
  result: { name: string; schema: Result }
}

/** A method that answers once. */
export function method<const Params extends readonly RpcParam[], Result extends z.ZodType>(
  declaration: Declaration<Params, Result>,
  run: (call: RpcCall, ...params: Values<Params>) => Promise<z.output<Result>> | z.output<Result>,
): RpcMethod {
  return { ...declaration, isChannel: false, run: async (call, params) => run(call, ...(params as Values<Params>)) }
}

/** A method whose values come one by one. */
export function channel<const Params extends readonly RpcParam[], Value extends z.ZodType>(
  declaration: Declaration<Params, Value>,
  run: (call: RpcCall, ...params: Values<Params>) => AsyncIterable<z.output<Value>>,
): RpcMethod {
  return { ...declaration, isChannel: true, run: (call, params) => run(call, ...(params as Values<Params>)) }
}

/** A channel whose values come when something changes. */
export function liveChannel<const Params extends readonly RpcParam[], Value extends z.ZodType>(
  ...[declaration, run]: Parameters<typeof channel<Params, Value>>
): RpcMethod {
  return { ...channel(declaration, run), isLive: true }
}

/** A positional parameter. */
export function param<Schema extends z.ZodType>(name: string, schema: Schema): RpcParam<Schema> {
  return { name, schema }
}
