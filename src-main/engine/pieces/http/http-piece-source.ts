import type { CID } from 'multiformats/cid'
import { type Clock, EngineError, type RandomAccessReader } from '../../base/index.ts'
import { parsePieceCid } from '../../commp/index.ts'
import { pieceNotFound } from '../piece-errors.ts'
import type { PieceCallOptions, PieceSource, PieceStat } from '../piece-source.ts'
import { guardedAgent, type Lookup } from './guarded-agent.ts'
import { HttpPieceReader } from './http-piece-reader.ts'
import { askForPiece, type HttpPieceTuning, PieceConnection, type RemotePiece } from './piece-connection.ts'
import { mayRedirect, patternOf, type WebRules } from './web-hosts.ts'

export interface HttpPieceSourceOptions {
  /** Of the server; `/piece/<piece CID>` is added. */
  baseUrl: string
  /** Addresses of all servers that the settings name; redirects may lead to them wherever they are. Default: this one. */
  servers?: readonly string[]
  clock: Clock
  /** Sent with every request, such as an Authorization. */
  headers?: Record<string, string>
  /** How long an answer may stand still. Default 30 s. */
  stallTimeoutMs?: number
  /** Tries for every request. Default 4. */
  attempts?: number
  firstDelayMs?: number
  /** Resolves names. Default: the system's. */
  lookup?: Lookup
}

/**
 * Pieces behind `/piece/<piece CID>` (Curio, booster-http, another Carport), by HEAD and GET with Range. The settings name
 * the server, so it may be in a private network; where it redirects to may not, unless the settings name that, too.
 */
export class HttpPieceSource implements PieceSource {
  readonly kind = 'http'
  readonly baseUrl: URL
  readonly #tuning: HttpPieceTuning

  constructor(options: HttpPieceSourceOptions) {
    this.baseUrl = parseBaseUrl(options.baseUrl)
    const servers = [this.baseUrl, ...(options.servers ?? []).map(parseBaseUrl)]
    const hosts = servers.map(patternOf)
    const rules: WebRules = { hosts, noOthers: false, setting: 'Pieces.HttpServers', code: 'PEER_PROTOCOL' }
    this.#tuning = {
      clock: options.clock,
      headers: options.headers ?? {},
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
      attempts: options.attempts ?? 4,
      firstDelayMs: options.firstDelayMs ?? 250,
      mayRedirect: (from, to) => mayRedirect(from, to, rules),
      dispatcher: guardedAgent(rules, options.lookup),
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
