import type { Agent } from 'undici'
import { type Clock, EngineError, type RandomAccessReader } from '../../base/index.ts'
import { guardedAgent, type Lookup } from './guarded-agent.ts'
import { HttpPieceReader } from './http-piece-reader.ts'
import { askForPiece, askForSeekablePiece, type HttpPieceTuning, PieceConnection } from './piece-connection.ts'
import { mayBeAsked, mayRedirect, type WebRules } from './web-hosts.ts'

/** What is asked of web servers, and which. */
export interface HttpFileLimits {
  /** `host`, `host:port` or `*.domain`; empty: any. */
  hosts: readonly string[]
  /** 0: any. */
  maxSizeBytes: number
  /** How long an answer may stand still. */
  stallTimeoutMs: number
  /** Tries for every request. */
  attempts: number
}

export interface HttpFilesOptions {
  clock: Clock
  /** Asked for each file, so that a change takes effect at once. */
  limits?: () => HttpFileLimits
  firstDelayMs?: number
  /** Resolves names. Default: the system's. */
  lookup?: Lookup
}

/** A file on a web server, at any position. */
export interface WebFileReader extends RandomAccessReader {
  /** Differs where the bytes do, as far as the server lets on. */
  readonly version: string
  /** Whether going back is possible without beginning anew. */
  readonly seekable: boolean
}

const DEFAULT_LIMITS: HttpFileLimits = { hosts: [], maxSizeBytes: 0, stallTimeoutMs: 30_000, attempts: 4 }

/** Files behind http: and https: URLs, read at any position like pieces. */
export class HttpFiles {
  readonly #options: HttpFilesOptions
  /** Connections that were made under these rules; other rules have others. */
  #agent: { rules: WebRules; agent: Agent } | null = null

  constructor(options: HttpFilesOptions) {
    this.#options = options
  }

  /** null when the server does not have it. */
  async stat(
    url: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ sizeBytes: number; version: string } | null> {
    const file = await askForPiece(new URL(url), this.#tuningFor(url), signal)
    return file === null ? null : { sizeBytes: file.size, version: file.version }
  }

  /** FILE_NOT_FOUND when the server does not have it, MOUNT_INVALID when it is too large. Close the reader when done. */
  async open(url: string, { signal }: { signal?: AbortSignal } = {}): Promise<WebFileReader> {
    const tuning = this.#tuningFor(url)
    const file = await askForSeekablePiece(new URL(url), tuning, signal)
    if (file === null) throw new EngineError('FILE_NOT_FOUND', `There is nothing at ${url}.`, { details: { url } })
    const { maxSizeBytes } = this.#limits
    if (maxSizeBytes > 0 && file.size > maxSizeBytes)
      throw new EngineError(
        'MOUNT_INVALID',
        `${url} has ${file.size} bytes, more than the ${maxSizeBytes} that HttpMounts.MaxSize allows.`,
        { details: { url, sizeBytes: file.size, maxSizeBytes } },
      )
    const reader = new HttpPieceReader(file.size, new PieceConnection(file, tuning))
    return Object.assign(reader, { version: file.version, seekable: file.ranges !== false })
  }

  get #limits(): HttpFileLimits {
    return this.#options.limits?.() ?? DEFAULT_LIMITS
  }

  #tuningFor(url: string): HttpPieceTuning {
    const { hosts, stallTimeoutMs, attempts } = this.#limits
    const rules: WebRules = { hosts, noOthers: hosts.length > 0, setting: 'HttpMounts.Hosts', code: 'MOUNT_INVALID' }
    mayBeAsked(new URL(url), rules)
    return {
      clock: this.#options.clock,
      headers: {},
      stallTimeoutMs,
      attempts,
      firstDelayMs: this.#options.firstDelayMs ?? 250,
      mayRedirect: (from, to) => mayRedirect(from, to, rules),
      dispatcher: this.#agentFor(rules),
    }
  }

  #agentFor(rules: WebRules): Agent {
    if (this.#agent !== null && String(this.#agent.rules.hosts) === String(rules.hosts)) return this.#agent.agent
    void this.#agent?.agent.close() // what is under way ends by itself
    const agent = guardedAgent(rules, this.#options.lookup)
    this.#agent = { rules, agent }
    return agent
  }
}
