import type { ImportView, UnixfsProfile } from '../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../src-shared/errors/index.ts'
import { UPLOAD_PATH } from '../../src-shared/transport.ts'
import { EngineRefusal } from './error-value.ts'

/** How far an upload is. `totalBytes` is the size of the file. */
export interface UploadProgress {
  doneBytes: number
  totalBytes: number
}

export interface UploadOptions {
  profile?: UnixfsProfile
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
}

/**
 * Streams a file to the engine, which keeps a copy of its content as a self-contained import. Only for windows in a
 * browser, where a dropped file has no path. Resolves with the finished import.
 */
export function uploadFile(file: File, { profile, signal, onProgress }: UploadOptions = {}): Promise<ImportView> {
  return new Promise((resolve, reject) => {
    // XMLHttpRequest and not fetch: only it reports how much of a body has been sent.
    const request = new XMLHttpRequest()
    const query = new URLSearchParams({ name: file.name, ...(profile !== undefined && { profile }) })
    request.open('PUT', `${UPLOAD_PATH}?${query}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded }) => onProgress?.({ doneBytes: loaded, totalBytes: file.size })
    request.responseType = 'json'
    request.onload = () => {
      if (request.status === 200) resolve(request.response as ImportView)
      else reject(new EngineRefusal(request.response as ErrorValue | null))
    }
    request.onerror = () =>
      reject(new Error(`The connection broke while ${file.name} was being uploaded. Drop it again.`))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}
