/**
 * Finds the sections in a buffer. The one place where section heads are taken apart; the loop is written for speed,
 * so the usual shapes of varint and CID are read inline.
 */
import type { EngineError } from '../base/index.ts'
import { carInvalid, carLimit, carTruncated } from './car-errors.ts'
import type { CarLimits } from './car-limits.ts'
import { CID_INVALID, CID_SHORT, emptyCidSpan, scanCid } from './cid-span.ts'
import type { SectionBatch } from './section-batch.ts'
import { MAX_VARINT_BYTES, scanVarint, VARINT_SHORT, varintError, varintLength } from './varint.ts'

/** The next section starts at or behind the end of the bytes. */
const PARSE_CONSUMED = 0
/** The batch is full. */
export const PARSE_FULL = 1
/** The next section is not wholly there: `needBytes` from its start are wanted. */
export const PARSE_NEED_MORE = 2
/** A section of length zero, which is to be taken as the end. */
export const PARSE_ZERO = 3
/** The next section is damaged; `failure` says how. */
export const PARSE_FAILED = 4
export type ParseStop =
  | typeof PARSE_CONSUMED
  | typeof PARSE_FULL
  | typeof PARSE_NEED_MORE
  | typeof PARSE_ZERO
  | typeof PARSE_FAILED

export interface ParserRange {
  /** Position of the payload in the file, for messages. */
  payloadOffset: number
  /** No section may reach beyond this offset of the payload. Infinity for a stream. */
  endOffset: number
  /** Sections are given only with all their data. */
  wantData: boolean
}

export class SectionParser {
  readonly #limits: Readonly<Required<CarLimits>>
  readonly #range: Readonly<ParserRange>
  readonly #span = emptyCidSpan()
  /** Index of the section that comes next; may lie behind the bytes. */
  next = 0
  /** After PARSE_NEED_MORE. */
  needBytes = 0
  /** After PARSE_FAILED. */
  failure: EngineError | null = null

  constructor(limits: Readonly<Required<CarLimits>>, range: ParserRange) {
    this.#limits = limits
    this.#range = range
  }

  /** Appends to `batch` the sections of its bytes from `start` to `end`; index 0 lies at payload offset `base`. */
  parse(batch: SectionBatch, start: number, end: number, base: number): ParseStop {
    const { bytes, sectionOffset, codec, hashCode, cidStart, multihashStart, digestStart, dataStart, dataLength } =
      batch
    const dataPresent = batch.dataPresent
    const capacity = sectionOffset.length
    const endIndex = this.#range.endOffset - base
    const wantData = this.#range.wantData
    const maxSectionBytes = this.#limits.maxSectionBytes
    const span = this.#span
    let at = start
    let count = batch.count
    let stop: ParseStop = PARSE_CONSUMED
    while (at < end) {
      if (count === capacity) {
        stop = PARSE_FULL
        break
      }
      let length = bytes[at] as number
      let cidAt = at + 1
      if (length >= 0x80) {
        const second = at + 1 < end ? (bytes[at + 1] as number) : 0
        if (second > 0 && second < 0x80) {
          length = (length & 0x7f) | (second << 7)
          cidAt = at + 2
        } else {
          length = scanVarint(bytes, at, end)
          if (length < 0) {
            stop = this.#badLength(length, base + at, end < endIndex)
            break
          }
          cidAt = at + varintLength(length)
        }
      }
      const sectionEnd = cidAt + length
      if (length === 0 || length > maxSectionBytes || sectionEnd > endIndex) {
        stop = this.#unfitLength(length, base + at)
        break
      }
      const limit = Math.min(sectionEnd, end)
      const simpleEnd = cidAt + 4 + (bytes[cidAt + 3] as number)
      if (
        simpleEnd <= limit && // false as well where the four bytes are not there
        bytes[cidAt] === 1 &&
        ((bytes[cidAt + 1] as number) | (bytes[cidAt + 2] as number) | (bytes[cidAt + 3] as number)) < 0x80
      ) {
        codec[count] = bytes[cidAt + 1] as number
        hashCode[count] = bytes[cidAt + 2] as number
        multihashStart[count] = cidAt + 2
        digestStart[count] = cidAt + 4
        dataStart[count] = simpleEnd
      } else {
        const scan = scanCid(bytes, cidAt, limit, span)
        if (scan === CID_SHORT && limit < sectionEnd) {
          stop = this.#needMore(Math.min(sectionEnd - at, Math.max((end - at) * 2, 256)))
          break
        }
        if (scan === CID_SHORT || scan === CID_INVALID) {
          stop = this.#badCid(scan, base + at)
          break
        }
        codec[count] = span.codec
        hashCode[count] = span.hashCode
        multihashStart[count] = span.multihashStart
        digestStart[count] = span.digestStart
        dataStart[count] = span.end
      }
      if (wantData && sectionEnd > end) {
        stop = this.#needMore(sectionEnd - at)
        break
      }
      sectionOffset[count] = base + at
      cidStart[count] = cidAt
      dataLength[count] = sectionEnd - (dataStart[count] as number)
      dataPresent[count] = sectionEnd <= end ? 1 : 0
      count++
      at = sectionEnd
    }
    batch.count = count
    this.next = at
    return stop
  }

  #needMore(bytes: number): ParseStop {
    this.needBytes = bytes
    return PARSE_NEED_MORE
  }

  #fail(failure: EngineError): ParseStop {
    this.failure = failure
    return PARSE_FAILED
  }

  #badLength(problem: number, offset: number, moreToCome: boolean): ParseStop {
    const position = this.#range.payloadOffset + offset
    if (problem !== VARINT_SHORT) return this.#fail(varintError(problem, position))
    if (moreToCome) return this.#needMore(MAX_VARINT_BYTES)
    return this.#fail(carTruncated(`the section at byte ${position} is cut in its length`, { offset: position }))
  }

  #unfitLength(length: number, offset: number): ParseStop {
    const position = this.#range.payloadOffset + offset
    if (length === 0 && this.#limits.zeroLengthSectionAsEnd) return PARSE_ZERO
    if (length === 0)
      return this.#fail(
        carInvalid(
          `There is a section of length zero at byte ${position}. If this is a piece (a CAR followed by zero padding), allow a zero section as the end.`,
          { offset: position, goCar: 'carv1 null padding not allowed by default; see ZeroLengthSectionAsEOF' },
        ),
      )
    if (length > this.#limits.maxSectionBytes)
      return this.#fail(
        carLimit(
          `The section at byte ${position} says it has ${length} bytes, more than the ${this.#limits.maxSectionBytes} allowed. The CAR is damaged here, or its blocks are larger than the limit.`,
          { offset: position, goCar: 'invalid section data, length of read beyond allowable maximum' },
        ),
      )
    const left = this.#range.endOffset - offset - varintLength(length)
    return this.#fail(
      carTruncated(`the section at byte ${position} says it has ${length} bytes, but only ${left} bytes are left`, {
        offset: position,
      }),
    )
  }

  #badCid(scan: typeof CID_SHORT | typeof CID_INVALID, offset: number): ParseStop {
    const position = this.#range.payloadOffset + offset
    if (scan === CID_SHORT)
      return this.#fail(
        carInvalid(`The section at byte ${position} is shorter than the CID at its start.`, {
          offset: position,
          goCar: 'section length shorter than CID length',
        }),
      )
    const problem = this.#span.problem
    return this.#fail(
      carInvalid(`The section at byte ${position} does not start with a CID (${problem}).`, {
        offset: position,
        goCar: problem,
      }),
    )
  }
}
