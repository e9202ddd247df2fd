import type { Logger } from '../../engine/index.ts'
import { RPC_CODE, RpcError } from './rpc-error.ts'
import { formatRpcJson } from './rpc-json.ts'
import type { RpcCall, RpcMethod } from './rpc-method.ts'

/** A request as it came; nothing of it has been checked. */
export interface RpcRequest {
  /** Absent in notifications, which are not answered. */
  id: string | number | bigint | null
  method: string
  params: unknown
}

export type RpcOutcome =
  | { type: 'result'; result: unknown }
  | { type: 'channel'; values: AsyncIterable<unknown>; isLive: boolean }
  | { type: 'error'; error: RpcError }

const NAMESPACE = 'Filecoin.'
/** As the OpenRPC specification calls the method that describes a service, and Lotus answers it. */
const DISCOVER_ALIAS = 'rpc.discover'

/** Finds the method, checks permission and parameters, and calls it: in the order and the words of go-jsonrpc. */
export class RpcDispatcher {
  readonly #methods: Map<string, RpcMethod>
  readonly #log: Logger

  constructor(methods: readonly RpcMethod[], log: Logger) {
    this.#methods = new Map(methods.map((method) => [NAMESPACE + method.name, method]))
    this.#log = log
  }

  /** Never throws. `channels`: whether this connection can carry values one by one. */
  async dispatch(request: RpcRequest, call: RpcCall, channels: boolean): Promise<RpcOutcome> {
    try {
      const method = this.#find(request.method, channels)
      const params = parseParams(request, method)
      requirePermission(method, call)
      if (method.isChannel) {
        const values = method.run(call, params) as AsyncIterable<unknown>
        return { type: 'channel', values, isLive: method.isLive === true }
      }
      return { type: 'result', result: (await method.run(call, params)) ?? null }
    } catch (thrown) {
      const error = RpcError.from(thrown)
      this.#log.info('a call failed', { method: request.method.slice(0, 100), code: error.code, error: error.message })
      return { type: 'error', error }
    }
  }

  #find(name: string, channels: boolean): RpcMethod {
    const method = this.#methods.get(name === DISCOVER_ALIAS ? `${NAMESPACE}Discover` : name)
    if (method === undefined) throw new RpcError(RPC_CODE.methodNotFound, `method '${name}' not found`)
    if (method.isChannel && !channels)
      throw new RpcError(
        RPC_CODE.methodNotFound,
        `method '${name}' not supported in this mode (no out channel support)`,
      )
    return method
  }
}

/** Takes a parsed message for a request. INVALID_REQUEST when it is none. */
export function requestIn(message: unknown): RpcRequest {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new RpcError(RPC_CODE.invalidRequest, 'Invalid request')
  const { id = null, method, params = [] } = message as Record<string, unknown>
  if (typeof method !== 'string') throw new RpcError(RPC_CODE.invalidRequest, 'Invalid request')
  if (id !== null && typeof id !== 'string' && typeof id !== 'number' && typeof id !== 'bigint')
    throw new RpcError(RPC_CODE.parse, `failed to parse ID: invalid id type: ${typeof id}`)
  return { id, method, params: params ?? [] }
}

/** One answer as text. */
export function answerText(
  id: RpcRequest['id'],
  outcome: { type: 'result'; result: unknown } | { type: 'error'; error: RpcError },
): string {
  const body = outcome.type === 'result' ? { result: outcome.result } : { error: outcome.error.toValue() }
  return formatRpcJson({ jsonrpc: '2.0', id, ...body })
}

function parseParams({ method: name, params }: RpcRequest, method: RpcMethod): unknown[] {
  if (!Array.isArray(params))
    throw new RpcError(RPC_CODE.parse, 'unmarshaling param array: parameters are given as an array')
  if (params.length !== method.params.length)
    throw new RpcError(
      RPC_CODE.invalidParams,
      `wrong param count (method '${name}'): ${params.length} != ${method.params.length}`,
    )
  return method.params.map((param, at) => {
    const parsed = param.schema.safeParse(params[at])
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const where = [param.name, ...(issue?.path ?? [])].join('.')
    throw new RpcError(RPC_CODE.parse, `unmarshaling params for '${name}' (param: ${where}): ${issue?.message ?? ''}`)
  })
}

function requirePermission({ name, permission }: RpcMethod, { permissions }: RpcCall): void {
  if (permissions.includes(permission)) return
  throw new RpcError(RPC_CODE.failed, `missing permission to invoke '${name}' (need '${permission}')`)
}
