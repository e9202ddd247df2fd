import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { EngineError, FairShare, throwIfAborted } from '../base/index.ts'
import { peerProtocol, peerUnavailable, statusError } from './peer-errors.ts'

/** Bytes taken from the socket ahead of the reader before the peer is held back. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024
/** What is worked on without a turn for others: half a millisecond of hashing. */
const SHARE_BYTES = 512 * 1024
const LOW_WATER_BYTES = 1024 * 1024
const MAX_ERROR_BODY_BYTES = 8 * 1024

export interface PeerResponseOptions {
  stallTimeoutMs: number
  minBytesPerSecond: number
  signal?: AbortSignal | undefined
}

/**
 * The answer of a peer. The body is read once, by `batches`, `bytes` or `json`, or given up with `discard`; one of them
 * has to be called, or its connection stays taken.
 */
export class PeerResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Scheme, host and port, for messages. */
  readonly origin: string
  readonly #message: IncomingMessage
  readonly #options: PeerResponseOptions

  constructor(message: IncomingMessage, url: URL, options: PeerResponseOptions) {
    this.#message = message
    this.#options = options
    this.status = message.statusCode ?? 0
    this.headers = message.headers
    this.origin = url.origin
    message.on('error', () => {}) // told to whoever reads the body
  }

  /** The announced length of the body; null when there is none. */
  get contentLength(): number | null {
    const length = this.headers['content-length']
    return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null
  }

  /**
   * The body: all chunks that have arrived since the last batch, as they came from the socket. Rejects with
   * PEER_UNAVAILABLE when the peer cuts it, is silent for the stall timeout, or sends less than the least rate for as long.
   */
  async *batches(): AsyncGenerator<Buffer[], void, void> {
    const message = this.#message
    const { stallTimeoutMs, minBytesPerSecond, signal } = this.#options
    const leastBytes = (minBytesPerSecond * stallTimeoutMs) / 1000
    let queue: Buffer[] = []
    let queuedBytes = 0
    let receivedBytes = 0
    let lastByteAt = Date.now()
    let window = { startedAt: lastByteAt, receivedBytes }
    let ended = false
    let failure: EngineError | null = null
    let wake: () => void = () => {}
    const fail = (error: EngineError) => {
      failure ??= error
      wake()
    }
    const onAbort = () => {
      try {
        throwIfAborted(signal)
      } catch (error) {
        fail(EngineError.from(error))
      }
    }
    message.on('data', (chunk: Buffer) => {
      queue.push(chunk)
      queuedBytes += chunk.length
      receivedBytes += chunk.length
      lastByteAt = Date.now()
      if (queuedBytes >= HIGH_WATER_BYTES) message.pause()
      wake()
    })
    message.on('end', () => {
      ended = true
      wake()
    })
    message.on('error', () => fail(this.#cut(receivedBytes)))
    message.on('close', () => {
      if (!ended) fail(this.#cut(receivedBytes))
    })
    const watchdog = setInterval(
      () => {
        const now = Date.now()
        // While the reader of the body holds the peer back, nothing is its fault.
        if (message.isPaused()) lastByteAt = window.startedAt = now
        else if (now - lastByteAt >= stallTimeoutMs) fail(this.#stalled(receivedBytes))
        else if (now - window.startedAt >= stallTimeoutMs) {
          if (receivedBytes - window.receivedBytes < leastBytes) fail(this.#slow(receivedBytes))
          window = { startedAt: now, receivedBytes }
        }
      },
      Math.max(10, Math.min(1000, stallTimeoutMs / 4)),
    )
    watchdog.unref()
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted === true) onAbort()
    try {
      while (true) {
        if (queue.length > 0) {
          const batch = queue
          queue = []
          queuedBytes = 0
          yield batch
          if (queuedBytes <= LOW_WATER_BYTES && message.isPaused()) message.resume()
        } else if (failure !== null) throw failure
        else if (ended) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      clearInterval(watchdog)
      signal?.removeEventListener('abort', onAbort)
      if (!ended) message.destroy()
    }
  }

  /** The body chunk by chunk. */
  async *chunks(): AsyncGenerator<Buffer, void, void> {
    const share = new FairShare(SHARE_BYTES)
    for await (const batch of this.batches())
      for (const chunk of batch) {
        yield chunk
        const turn = share.took(chunk.length)
        if (turn !== undefined) await turn
      }
  }

  /** The whole body. PEER_PROTOCOL when it is longer than `maxBytes`. */
  async bytes(maxBytes: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let size = 0
    for await (const batch of this.batches()) {
      for (const part of batch) size += part.length
      if (size > maxBytes)
        throw peerProtocol(this.origin, `it sends more than the ${maxBytes} bytes that were to be expected`)
      parts.push(...batch)
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }

  /** The body as JSON of a given shape. PEER_PROTOCOL when it is anything else. */
  async json<Schema extends z.ZodType>(schema: Schema, maxBytes = 256 * 1024): Promise<z.infer<Schema>> {
    const text = (await this.bytes(maxBytes)).toString('utf8')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw peerProtocol(this.origin, 'its answer is not valid JSON')
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw peerProtocol(this.origin, `"${issue?.path.join('.') ?? ''}" in its answer is wrong (${issue?.message ?? ''})`)
  }

  /** The error that a status outside 2xx stands for, with what the peer says about it. */
  async error(): Promise<EngineError> {
    const body = await this.#errorBody()
    return statusError(this.origin, this.status, this.headers, body)
  }

  /** Gives the body up. A short one is read to its end, so that the connection can be used again. */
  discard(): void {
    const length = this.contentLength
    if (length !== null && length <= MAX_ERROR_BODY_BYTES) this.#message.resume()
    else this.#message.destroy()
  }

  async #errorBody(): Promise<string> {
    try {
      return (await this.bytes(MAX_ERROR_BODY_BYTES)).toString('utf8')
    } catch (error) {
      if (EngineError.is(error, 'PEER_PROTOCOL')) return ''
      throw error
    }
  }

  #cut(receivedBytes: number): EngineError {
    return peerUnavailable(this.origin, `it cut the connection after ${receivedBytes} bytes`, { receivedBytes })
  }

  #slow(receivedBytes: number): EngineError {
    const { minBytesPerSecond } = this.#options
    return peerUnavailable(this.origin, `it sends less than ${minBytesPerSecond} bytes a second`, { receivedBytes })
  }

  #stalled(receivedBytes: number): EngineError {
    const after = this.#options.stallTimeoutMs
    return peerUnavailable(this.origin, `no byte came for ${after} ms, after ${receivedBytes} bytes`, { receivedBytes })
  }
}
