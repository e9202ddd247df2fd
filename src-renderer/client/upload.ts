import type { ImportView, UnixfsProfile } from '../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { UPLOAD_PATH } from '../../src-shared/transport.ts'
import { EngineRefusal } from './error-value.ts'

/** How far an upload is. `totalBytes` is the size of the file. */
export interface UploadProgress {
  doneBytes: number
  totalBytes: number
}

export interface SendOptions {
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
}

/**
 * Streams a file to the engine, which keeps a copy of its content as a self-contained import. Only for windows in a
 * browser, where a dropped file has no path. Resolves with the finished import.
 */
export function uploadFile(file: File, profile: UnixfsProfile): Promise<ImportView> {
  return send(file, { profile })
}

/**
 * Streams a CAR to the engine as it is and resolves with the path of the copy, which the engine removes when the next one
 * comes and nothing refers to it.
 */
export async function uploadCar(file: File, options: SendOptions = {}): Promise<string> {
  return (await send<{ path: string }>(file, { as: 'file' }, options)).path
}

function send<Answer>(
  file: File,
  parameters: Record<string, string>,
  { signal, onProgress }: SendOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // XMLHttpRequest and not fetch: only it reports how much of a body has been sent.
    const request = new XMLHttpRequest()
    const query = new URLSearchParams({ name: file.name, ...parameters })
    request.open('PUT', `${UPLOAD_PATH}?${query}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded }) => onProgress?.({ doneBytes: loaded, totalBytes: file.size })
    request.responseType = 'json'
    request.onload = () => {
      if (request.status === 200) resolve(request.response as Answer)
      else reject(new EngineRefusal(request.response as ErrorValue | null))
    }
    request.onerror = () =>
      reject(new Error(`The connection broke while ${file.name} was being uploaded. Drop it again.`))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    if (signal?.aborted === true) reject(new DOMException('The upload was cancelled.', 'AbortError'))
    else request.send(file)
  })
}
