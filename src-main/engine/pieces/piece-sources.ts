import type { CID } from 'multiformats/cid'
import {
  EngineError,
  type Logger,
  type RandomAccessReader,
  silentLogger,
  Throttle,
  throwIfAborted,
} from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { pieceNotFound } from './piece-errors.ts'
import type { PieceCallOptions, PieceSource, PieceStat } from './piece-source.ts'

export interface PieceSourcesOptions {
  /** Asked in this order; an unsealed copy anywhere wins over a sealed one. */
  sources: readonly PieceSource[]
  /** Storage calls at once; 0 means no limit. May be changed later (`concurrency`). */
  maxConcurrentCalls: number
  log?: Logger
}

/**
 * Several piece sources as one. A source that fails is passed over while another has the piece; but a piece is called
 * missing only when every source has said so.
 */
export class PieceSources {
  readonly #throttle: Throttle
  readonly #log: Logger
  #sources: readonly PieceSource[]

  constructor(options: PieceSourcesOptions) {
    this.#sources = options.sources
    this.#throttle = new Throttle(options.maxConcurrentCalls)
    this.#log = options.log ?? silentLogger
  }

  /** Limit of storage calls at once; a change takes effect immediately. */
  get concurrency(): number {
    return this.#throttle.limit
  }

  set concurrency(limit: number) {
    this.#throttle.limit = limit
  }

  /** Replaces the sources, for calls from now on. */
  set sources(sources: readonly PieceSource[]) {
    this.#sources = sources
  }

  /** The best copy that any source has. Fails only when no source has the piece unsealed and one could not tell. */
  async stat(pieceCid: CID, options: PieceCallOptions = {}): Promise<PieceStat> {
    const { stats, failure } = await this.#askAll(pieceCid, options)
    const best = stats.find(({ state }) => state === 'unsealed')
    if (best !== undefined) return best
    if (failure !== undefined) throw failure
    return stats.find(({ state }) => state === 'sealed-only') ?? stats[0] ?? MISSING
  }

  /** One answer from each source that could give one. */
  async copies(pieceCid: CID, options: PieceCallOptions = {}): Promise<PieceStat[]> {
    return (await this.#askAll(pieceCid, options)).stats
  }

  /** PIECE_NOT_FOUND, PIECE_SEALED, or the failure of a source that might have the piece. */
  async open(pieceCid: CID, options: PieceCallOptions = {}): Promise<RandomAccessReader> {
    let failure: EngineError | undefined
    let sealed: EngineError | undefined
    for (const source of this.#sources) {
      try {
        return await this.#throttle.run(() => source.open(pieceCid, options), options.signal)
      } catch (thrown) {
        throwIfAborted(options.signal)
        const error = EngineError.from(thrown)
        if (error.code === 'PIECE_SEALED') sealed ??= error
        else if (error.code !== 'PIECE_NOT_FOUND') failure = this.#note(source, pieceCid, error)
      }
    }
    throw failure ?? sealed ?? pieceNotFound(parsePieceCid(pieceCid).pieceCid.toString())
  }

  async #askAll(
    pieceCid: CID,
    { signal }: PieceCallOptions,
  ): Promise<{ stats: PieceStat[]; failure: EngineError | undefined }> {
    let failure: EngineError | undefined
    const answers = await Promise.all(
      this.#sources.map(async (source) => {
        try {
          return await this.#throttle.run(() => source.stat(pieceCid, { signal }), signal)
        } catch (thrown) {
          throwIfAborted(signal)
          failure = this.#note(source, pieceCid, EngineError.from(thrown))
          return null
        }
      }),
    )
    return { stats: answers.filter((answer) => answer !== null), failure }
  }

  #note(source: PieceSource, pieceCid: CID, error: EngineError): EngineError {
    this.#log.warn('a piece source failed', {
      source: source.kind,
      pieceCid: pieceCid.toString(),
      error: error.message,
    })
    return error
  }
}

const MISSING: PieceStat = { source: 'directory', state: 'missing', sizeBytes: null, pieceSize: null, path: null }
