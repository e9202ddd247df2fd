import type { CID } from 'multiformats/cid'
import { type Clock, EngineError, type RandomAccessReader } from '../../base/index.ts'
import { parsePieceCid } from '../../commp/index.ts'
import { pieceNotFound } from '../piece-errors.ts'
import type { PieceCallOptions, PieceSource, PieceStat } from '../piece-source.ts'
import { HttpPieceReader } from './http-piece-reader.ts'
import { askForPiece, type HttpPieceTuning, PieceConnection, type RemotePiece } from './piece-connection.ts'

export interface HttpPieceSourceOptions {
  /** Of the server; `/piece/<piece CID>` is added. */
  baseUrl: string
  clock: Clock
  /** Sent with every request, such as an Authorization. */
  headers?: Record<string, string>
  /** How long an answer may stand still. Default 30 s. */
  stallTimeoutMs?: number
  /** Tries for every request. Default 4. */
  attempts?: number
  firstDelayMs?: number
}

/** Pieces behind `/piece/<piece CID>` (Curio, booster-http, another Carport), by HEAD and GET with Range. */
export class HttpPieceSource implements PieceSource {
  readonly kind = 'http'
  readonly baseUrl: URL
  readonly #tuning: HttpPieceTuning

  constructor(options: HttpPieceSourceOptions) {
    this.baseUrl = parseBaseUrl(options.baseUrl)
    this.#tuning = {
      clock: options.clock,
      headers: options.headers ?? {},
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
      attempts: options.attempts ?? 4,
      firstDelayMs: options.firstDelayMs ?? 250,
    }
  }

  async stat(pieceCid: CID, { signal }: PieceCallOptions = {}): Promise<PieceStat> {
    const piece = await this.#ask(pieceCid, signal)
    return {
      source: 'http',
      state: piece === null ? 'missing' : 'unsealed',
      sizeBytes: piece?.size ?? null,
      pieceSize: parsePieceCid(pieceCid).pieceSize,
      path: null,
    }
  }

  async open(pieceCid: CID, { signal }: PieceCallOptions = {}): Promise<RandomAccessReader> {
    const piece = await this.#ask(pieceCid, signal)
    if (piece === null) throw pieceNotFound(parsePieceCid(pieceCid).pieceCid.toString())
    return new HttpPieceReader(piece.size, new PieceConnection(piece, this.#tuning))
  }

  #ask(pieceCid: CID, signal: AbortSignal | undefined): Promise<RemotePiece | null> {
    return askForPiece(new URL(`piece/${parsePieceCid(pieceCid).pieceCid}`, this.baseUrl), this.#tuning, signal)
  }
}

function parseBaseUrl(text: string): URL {
  const base = text.endsWith('/') ? text : `${text}/`
  if (/^https?:/i.test(base) && URL.canParse(base)) return new URL(base)
  throw new EngineError('INVALID_ARGUMENT', `${text} is not the address of a piece server: it must begin with http.`)
}
