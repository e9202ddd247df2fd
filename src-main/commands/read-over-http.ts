import { type IncomingMessage, request } from 'node:http'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { FILE_PATH } from '../../src-shared/transport.ts'
import { type EngineAddress, engineAddressUrl } from '../host/index.ts'
import type { FileRange } from './connection.ts'
import { CommandError, lostConnection } from './failure.ts'
import type { NodePath } from './node-path.ts'

/** Bytes of a file, from the engine that listens there. An answer that breaks off is an error, never a short file. */
export async function* readOverHttp(
  address: EngineAddress,
  { root, path }: NodePath,
  { start, end }: FileRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  if (end !== null && end <= start) return
  const url = new URL(FILE_PATH, engineAddressUrl(address))
  url.search = new URLSearchParams({ root, path }).toString()
  const whole = start === 0 && end === null
  const response = await answerTo(
    url,
    {
      authorization: `Bearer ${address.token}`,
      ...(whole ? {} : { range: `bytes=${start}-${end === null ? '' : end - 1}` }),
    },
    signal,
  )
  if (response.statusCode === 416) return // the file ends before the range begins
  if (response.statusCode !== 200 && response.statusCode !== 206) throw await refusal(response)
  try {
    yield* response as AsyncIterable<Buffer>
  } catch (error) {
    throw signal.aborted ? error : brokenOff()
  }
}

function answerTo(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, agent: false }, resolve)
    asked.on('error', (error) => reject(signal.aborted ? error : lostConnection()))
    asked.end()
  })
}

async function refusal(response: IncomingMessage): Promise<CommandError> {
  try {
    const parts = await response.toArray()
    const { code, message, details } = JSON.parse(Buffer.concat(parts).toString()) as ErrorValue
    return new CommandError(code, message, { details })
  } catch {
    return new CommandError('PEER_PROTOCOL', `The running engine answered with HTTP ${response.statusCode}.`)
  }
}

function brokenOff(): CommandError {
  return new CommandError(
    'IO_ERROR',
    'The file broke off before its end: a part of it could not be read. The log of the engine says why.',
  )
}
