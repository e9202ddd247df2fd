import { type Clock, EngineError, type RandomAccessReader } from '../../base/index.ts'
import { HttpPieceReader } from './http-piece-reader.ts'
import { askForPiece, type HttpPieceTuning, PieceConnection } from './piece-connection.ts'

export interface HttpFilesOptions {
  clock: Clock
  headers?: Record<string, string>
  stallTimeoutMs?: number
  attempts?: number
  firstDelayMs?: number
}

/** Files behind http: and https: URLs, read at any position like pieces. */
export class HttpFiles {
  readonly #tuning: HttpPieceTuning

  constructor(options: HttpFilesOptions) {
    this.#tuning = {
      clock: options.clock,
      headers: options.headers ?? {},
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
      attempts: options.attempts ?? 4,
      firstDelayMs: options.firstDelayMs ?? 250,
    }
  }

  /** null when the server does not have it. */
  async stat(url: string, { signal }: { signal?: AbortSignal } = {}): Promise<{ sizeBytes: number } | null> {
    const file = await askForPiece(new URL(url), this.#tuning, signal)
    return file === null ? null : { sizeBytes: file.size }
  }

  /** FILE_NOT_FOUND when the server does not have it. Close the reader when done. */
  async open(url: string, { signal }: { signal?: AbortSignal } = {}): Promise<RandomAccessReader> {
    const file = await askForPiece(new URL(url), this.#tuning, signal)
    if (file === null) throw new EngineError('FILE_NOT_FOUND', `There is nothing at ${url}.`, { details: { url } })
    return new HttpPieceReader(file.size, new PieceConnection(file, this.#tuning))
  }
}
