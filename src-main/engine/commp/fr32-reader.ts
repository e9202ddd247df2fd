import { type BackingFile, EngineError, type RandomAccessReader } from '../base/index.ts'
import { FR32_PADDED_UNIT, FR32_RAW_UNIT, unpaddedPieceSize } from './piece-size.ts'

/** Most padded bytes read at once: 1 MiB. */
const READ_UNITS = 8192

/**
 * The payload of an fr32-padded range of a file (a piece in an unsealed sector), readable at any position. Only the
 * 128-byte units that a read touches are read and unpadded.
 */
export class Fr32Reader implements RandomAccessReader {
  /** Unpadded bytes. */
  readonly size: number
  /** Where the padded bytes are in the source. */
  readonly padded: { readonly offset: number; readonly length: number }
  readonly #source: RandomAccessReader
  readonly readAtSync?: (into: Uint8Array, position: number) => number

  /** `offset` and `length` are padded bytes of `source`, multiples of 128; closing closes `source`. */
  constructor(source: RandomAccessReader, offset: number, length: number) {
    if (offset % FR32_PADDED_UNIT !== 0 || length % FR32_PADDED_UNIT !== 0)
      throw new EngineError('INVALID_ARGUMENT', `Offset ${offset} and length ${length} must be multiples of 128 bytes.`)
    this.size = unpaddedPieceSize(length)
    this.#source = source
    this.padded = { offset, length }
    if (source.readAtSync !== undefined) this.readAtSync = this.#readAtSync
  }

  get backing(): BackingFile | undefined {
    return this.#source.backing
  }

  async readAt(into: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    let done = 0
    for (const span of this.#spans(into.length, position)) {
      const padded = new Uint8Array(span.paddedLength)
      const n = await this.#source.readAt(padded, span.paddedOffset, signal)
      done += take(padded, n, span.skip, into.subarray(done, done + span.length))
      if (n < padded.length) break
    }
    return done
  }

  #readAtSync(into: Uint8Array, position: number): number {
    let done = 0
    for (const span of this.#spans(into.length, position)) {
      const padded = new Uint8Array(span.paddedLength)
      const n = this.#source.readAtSync?.(padded, span.paddedOffset) ?? 0
      done += take(padded, n, span.skip, into.subarray(done, done + span.length))
      if (n < padded.length) break
    }
    return done
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  /** Cuts a read into parts of whole units. */
  *#spans(length: number, position: number): Generator<Span, void, void> {
    const end = Math.min(this.size, position + length)
    for (let from = position; from < end; ) {
      const firstUnit = Math.floor(from / FR32_RAW_UNIT)
      const endUnit = Math.min(Math.ceil(end / FR32_RAW_UNIT), firstUnit + READ_UNITS)
      const to = Math.min(end, endUnit * FR32_RAW_UNIT)
      yield {
        paddedOffset: this.padded.offset + firstUnit * FR32_PADDED_UNIT,
        paddedLength: (endUnit - firstUnit) * FR32_PADDED_UNIT,
        skip: from - firstUnit * FR32_RAW_UNIT,
        length: to - from,
      }
      from = to
    }
  }
}

interface Span {
  paddedOffset: number
  paddedLength: number
  /** Unpadded bytes before the first one wanted. */
  skip: number
  length: number
}

/** Copies what was wanted of `paddedRead` bytes; a unit that was read in part is dropped. */
function take(padded: Uint8Array, paddedRead: number, skip: number, into: Uint8Array): number {
  const units = Math.floor(paddedRead / FR32_PADDED_UNIT)
  const raw = padded.subarray(0, units * FR32_RAW_UNIT)
  fr32Unpad(padded.subarray(0, units * FR32_PADDED_UNIT), raw)
  const wanted = raw.subarray(skip, skip + into.length)
  into.set(wanted)
  return wanted.length
}

/**
 * Removes fr32's two zero bits after every 254, unit by unit (128 bytes to 127). `raw` may begin where `padded` does.
 */
export function fr32Unpad(padded: Uint8Array, raw: Uint8Array): void {
  const units = padded.length / FR32_PADDED_UNIT
  for (let unit = 0, from = 0, to = 0; unit < units; unit++, from += FR32_PADDED_UNIT, to += FR32_RAW_UNIT) {
    for (let i = 0; i < 31; i++) raw[to + i] = at(padded, from + i)
    raw[to + 31] = at(padded, from + 31) | (at(padded, from + 32) << 6)
    for (let i = 32; i < 63; i++) raw[to + i] = (at(padded, from + i) >> 2) | (at(padded, from + i + 1) << 6)
    raw[to + 63] = (at(padded, from + 63) >> 2) | (at(padded, from + 64) << 4)
    for (let i = 64; i < 95; i++) raw[to + i] = (at(padded, from + i) >> 4) | (at(padded, from + i + 1) << 4)
    raw[to + 95] = (at(padded, from + 95) >> 4) | (at(padded, from + 96) << 2)
    for (let i = 96; i < 127; i++) raw[to + i] = (at(padded, from + i) >> 6) | (at(padded, from + i + 1) << 2)
  }
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}
