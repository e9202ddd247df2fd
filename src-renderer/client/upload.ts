/** How far an upload is. `totalBytes` is the size of the file. */
export interface UploadProgress {
  doneBytes: number
  totalBytes: number
}

export interface UploadOptions {
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
}

/**
 * Streams a file to the engine, which keeps a copy of its content as a self-contained import. Only for windows in a
 * browser, where a dropped file has no path. Resolves when the engine has taken the last byte.
 */
export function uploadFile(file: File, { signal, onProgress }: UploadOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    // XMLHttpRequest and not fetch: only it reports how much of a body has been sent.
    const request = new XMLHttpRequest()
    request.open('PUT', `/upload?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded }) => onProgress?.({ doneBytes: loaded, totalBytes: file.size })
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(new Error(failureText(request)))
    }
    request.onerror = () =>
      reject(new Error(`The connection broke while ${file.name} was being uploaded. Drop it again.`))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

function failureText(request: XMLHttpRequest): string {
  try {
    const { message } = JSON.parse(request.responseText) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Not from the engine: the status is all there is.
  }
  return `The engine did not take the upload (status ${request.status}).`
}
