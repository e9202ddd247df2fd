import type { IncomingMessage, ServerResponse } from 'node:http'
import { unixfsProfile } from '../../src-shared/contract/index.ts'
import { type Engine, EngineError } from '../engine/index.ts'
import { respondError, respondJson } from './respond.ts'

/** Nothing for this long from the sender ends an upload. */
const IDLE_TIMEOUT_MS = 60_000
const MAX_NAME_LENGTH = 255

/**
 * A file dropped on the window in a browser, where it has no path: its bytes are streamed straight into a
 * self-contained import, `PUT /upload?name=film.mkv&profile=unixfs-v1-2025`, which answers the ImportView; or into a copy
 * to look at, `PUT /upload?name=a.car&as=file`, which answers its path.
 */
export async function receiveUpload(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  request.setTimeout(IDLE_TIMEOUT_MS, () => request.destroy())
  try {
    const name = fileName(url)
    const body = { name, sizeBytes: Number(request.headers['content-length']) || undefined, stream: wholeBody(request) }
    respondJson(
      response,
      200,
      url.searchParams.get('as') === 'file'
        ? await engine.droppedCars.receive(body)
        : await engine.imports.importStream({ ...body, profile: profileOf(url) }),
    )
  } catch (error) {
    respondError(response, EngineError.from(error).toValue())
    request.resume()
  }
}

/**
 * `PUT /rest/v0/import`, as Lotus has it: the body becomes a self-contained import in Lotus' profile. Answers
 * `{"Cid": {"/": root}}`; failures as a sentence, with 500, as Lotus does.
 */
export async function receiveLotusImport(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.setTimeout(IDLE_TIMEOUT_MS, () => request.destroy())
  try {
    const sizeBytes = Number(request.headers['content-length']) || undefined
    const body = { name: 'import', profile: 'lotus', sizeBytes, stream: wholeBody(request) } as const
    const { root } = await engine.imports.importStream(body)
    respondJson(response, 200, { Cid: { '/': root ?? '' } })
  } catch (error) {
    respondJson(response, 500, { message: EngineError.from(error).message })
    request.resume()
  }
}

function fileName(url: URL): string {
  const name = url.searchParams.get('name') ?? ''
  if (name === '' || name === '.' || name === '..' || name.length > MAX_NAME_LENGTH || /[/\\\0]/.test(name))
    throw new EngineError('INVALID_ARGUMENT', 'An upload needs a file name of at most 255 characters without slashes.')
  return name
}

function profileOf(url: URL) {
  const parsed = unixfsProfile.safeParse(url.searchParams.get('profile') ?? 'unixfs-v1-2025')
  if (!parsed.success)
    throw new EngineError('INVALID_ARGUMENT', `The profile must be one of ${unixfsProfile.options.join(', ')}.`)
  return parsed.data
}

/** The body, or an error: an upload that breaks off must not look like a short file. */
async function* wholeBody(request: IncomingMessage): AsyncGenerator<Uint8Array, void, void> {
  const expected = request.headers['content-length']
  let received = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    received += chunk.length
    yield chunk
  }
  if (!request.complete || (expected !== undefined && received !== Number(expected)))
    throw new EngineError('IO_ERROR', 'The upload broke off before the end of the file. Drop the file again.')
}
