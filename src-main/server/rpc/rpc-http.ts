import type { IncomingMessage, ServerResponse } from 'node:http'
import { SECURITY_HEADERS } from '../../host/index.ts'
import { answerText, type RpcDispatcher, requestIn } from './rpc-dispatcher.ts'
import { RPC_CODE, RpcError } from './rpc-error.ts'
import { parseRpcJson } from './rpc-json.ts'
import type { RpcCall } from './rpc-method.ts'

/** Parameters are paths and CIDs: nothing here needs more. */
export const MAX_REQUEST_BYTES = 4 << 20

interface Answer {
  /** null: a notification, which is not answered. */
  text: string | null
  status: number
}

/** One request, or a batch, by POST. A caller that goes away cancels what it asked for. */
export async function answerRpc(
  dispatcher: RpcDispatcher,
  caller: Omit<RpcCall, 'signal'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const call: RpcCall = { ...caller, signal: gone.signal }
  const { text, status } = await answerTo(dispatcher, call, request)
  if (response.destroyed) return
  response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(text === null ? undefined : `${text}\n`)
}

async function answerTo(dispatcher: RpcDispatcher, call: RpcCall, request: IncomingMessage): Promise<Answer> {
  try {
    const message = parse(await readBody(request))
    if (!Array.isArray(message)) return await answerOne(dispatcher, call, message)
    if (message.length === 0) throw new RpcError(RPC_CODE.invalidRequest, 'Invalid request')
    const texts: string[] = []
    for (const each of message) {
      const { text } = await answerOne(dispatcher, call, each)
      if (text !== null) texts.push(text)
    }
    return { text: texts.length === 0 ? null : `[${texts.join(',')}]`, status: 200 }
  } catch (error) {
    return failed(RpcError.from(error))
  }
}

async function answerOne(dispatcher: RpcDispatcher, call: RpcCall, message: unknown): Promise<Answer> {
  let request: ReturnType<typeof requestIn>
  try {
    request = requestIn(message)
  } catch (error) {
    return failed(RpcError.from(error))
  }
  const outcome = await dispatcher.dispatch(request, call, false)
  if (outcome.type === 'channel') return failed(new RpcError(RPC_CODE.methodNotFound, 'no out channel support'))
  const status = outcome.type === 'error' ? statusOf(outcome.error) : 200
  return { text: request.id === null ? null : answerText(request.id, outcome), status }
}

function failed(error: RpcError): Answer {
  return { text: answerText(null, { type: 'error', error }), status: statusOf(error) }
}

/** As go-jsonrpc answers: what a method fails with is an answer like any other. */
function statusOf({ code }: RpcError): number {
  if (code === RPC_CODE.failed) return 200
  return code === RPC_CODE.invalidRequest ? 400 : 500
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk)
  }
  if (length > MAX_REQUEST_BYTES)
    throw new RpcError(RPC_CODE.parse, `request bigger than maximum ${MAX_REQUEST_BYTES} allowed`)
  return Buffer.concat(chunks).toString('utf8').trim()
}

function parse(text: string): unknown {
  if (text === '') throw new RpcError(RPC_CODE.invalidRequest, 'Invalid request')
  try {
    return parseRpcJson(text)
  } catch {
    throw new RpcError(RPC_CODE.parse, 'Parse error')
  }
}
