import { EngineError } from '../../engine/index.ts'

/** Codes of the JSON-RPC specification; what a method itself fails with has code 1, as in Lotus. */
export const RPC_CODE = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  failed: 1,
} as const

/** A failure as it is told to the caller. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  /** Carport's own error, for programs that know it. */
  readonly data: { code: string; kind: string; retryable: boolean } | undefined

  constructor(code: number, message: string, data?: RpcError['data']) {
    super(message)
    this.code = code
    this.data = data
  }

  /** Whatever a method threw. `prefix` is put in front of its sentence, as Go's wrapped errors read. */
  static from(thrown: unknown, prefix = ''): RpcError {
    if (thrown instanceof RpcError) return thrown
    const { code, kind, retryable, message } = EngineError.from(thrown)
    const text = code === 'CANCELLED' ? 'context canceled' : message
    return new RpcError(RPC_CODE.failed, `${prefix}${text}`, { code, kind, retryable })
  }

  toValue() {
    const { code, message, data } = this
    return data === undefined ? { code, message } : { code, message, data }
  }
}

/** A failure whose words are Lotus'. */
export function failure(message: string): RpcError {
  return new RpcError(RPC_CODE.failed, message)
}
