/**
 * The header of a CARv1 (car-format section "CARv1"): a DAG-CBOR map of roots and version behind a length varint.
 * Read as leniently as go-car reads it (any key order, indefinite map, null or missing roots, duplicate keys, bytes
 * after the map), written only in the canonical form. Positions always come from the bytes read, never from encoding
 * the header again.
 */

import type { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader } from '../base/index.ts'
import { copyBytes } from './bytes.ts'
import { carInvalid, carLimit, carTruncated } from './car-errors.ts'
import { type CarLimits, withDefaultLimits } from './car-limits.ts'
import { decodeCid } from './cid-span.ts'
import { MAX_VARINT_BYTES, scanVarint, VARINT_SHORT, varintError, varintLength, writeVarint } from './varint.ts'

export interface CarV1Header {
  /** 1 for a payload, 2 for the pragma of a CARv2; not checked here. */
  version: number
  roots: CID[]
  /** Bytes taken, length varint included. */
  size: number
}

/** The header as go-car writes it, length varint included. No roots are written as an empty list. */
export function encodeCarHeader(roots: readonly CID[]): Uint8Array {
  const entries = roots.map((root) => root.bytes)
  let body = 1 + 6 + cborHeadLength(roots.length) + 8 + 1
  for (const bytes of entries) body += 2 + cborHeadLength(bytes.length + 1) + 1 + bytes.length
  const out = new Uint8Array(varintLength(body) + body)
  let at = writeVarint(body, out, 0)
  out[at++] = 0xa2
  at = writeText(out, at, 'roots')
  at = writeCborHead(out, at, ARRAY, roots.length)
  for (const bytes of entries) {
    out[at++] = 0xd8
    out[at++] = CID_TAG
    at = writeCborHead(out, at, BYTE_STRING, bytes.length + 1)
    out[at++] = 0
    out.set(bytes, at)
    at += bytes.length
  }
  at = writeText(out, at, 'version')
  out[at] = 1
  return out
}

/** The header at `position`, which must end before `end`. Throws CAR_INVALID, CAR_TRUNCATED, CAR_LIMIT. */
export async function readCarHeader(
  reader: RandomAccessReader,
  position: number,
  end: number,
  limits?: CarLimits,
  signal?: AbortSignal,
): Promise<CarV1Header> {
  const head = new Uint8Array(Math.max(0, Math.min(512, end - position)))
  const got = await reader.readAt(head, position, signal)
  try {
    return await readAnnounced(reader, head.subarray(0, got), position, end, limits, signal)
  } catch (error) {
    throw asText(error, head.subarray(0, got))
  }
}

async function readAnnounced(
  reader: RandomAccessReader,
  head: Uint8Array,
  position: number,
  end: number,
  limits: CarLimits | undefined,
  signal: AbortSignal | undefined,
): Promise<CarV1Header> {
  const length = headerLength(head, position, limits)
  const size = varintLength(length) + length
  if (position + size > end) throw carTruncated(`its header should take ${size} bytes`, { offset: position })
  let bytes = head
  if (size > head.length) {
    bytes = new Uint8Array(size)
    if ((await reader.readAt(bytes, position, signal)) < size)
      throw carTruncated(`its header should take ${size} bytes`, { offset: position })
  }
  return decodeCarHeader(bytes.subarray(0, size), position)
}

/** A web page or a message in the place of a CAR, as servers send them, is called what it is. */
function asText(error: unknown, head: Uint8Array): unknown {
  if (!EngineError.is(error) || head.length === 0 || error.kind === 'cancelled') return error
  const start = Buffer.from(head.subarray(0, SHOWN_TEXT)).toString('latin1')
  if (!/^[\t\n\r\x20-\x7e]+$/.test(start)) return error
  const shown = start.replace(/\s+/g, ' ').trim()
  return new EngineError(error.code, `This is not a CAR but text that begins with "${shown}".`, {
    details: error.details,
    cause: error,
  })
}

/**
 * Length of the header body announced at the start of `bytes`, checked against the limit before anything is allocated.
 * `bytes` must hold at least MAX_VARINT_BYTES, or all there is.
 */
export function headerLength(bytes: Uint8Array, position: number, limits?: CarLimits): number {
  const { maxHeaderBytes } = withDefaultLimits(limits)
  if (bytes.length === 0) throw carTruncated('it has no header', { offset: position, goCar: 'EOF' })
  const length = scanVarint(bytes, 0, Math.min(bytes.length, MAX_VARINT_BYTES))
  if (length === VARINT_SHORT) throw carTruncated('its header is cut', { offset: position })
  if (length < 0) throw varintError(length, position)
  if (length > maxHeaderBytes)
    throw carLimit(
      `The CAR header should take ${length} bytes, which is more than the ${maxHeaderBytes} allowed: this is hardly a CAR.`,
      { offset: position, goCar: 'invalid header data, length of read beyond allowable maximum' },
    )
  if (length === 0) throw carInvalid('The CAR header is empty.', { offset: position, goCar: 'invalid header: EOF' })
  return length
}

/** Decodes a whole header, length varint included. `position` is where it lies in the file, for messages. */
export function decodeCarHeader(bytes: Uint8Array, position = 0): CarV1Header {
  const length = headerLength(bytes, position, { maxHeaderBytes: Number.POSITIVE_INFINITY })
  const start = varintLength(length)
  if (start + length > bytes.length) throw carTruncated('its header is cut', { offset: position })
  const decoder = new HeaderDecoder(bytes.subarray(start, start + length), position + start)
  return { ...decoder.decode(), size: start + length }
}

/** No header of a CAR is text for so long: its second or third byte opens a map. */
const SHOWN_TEXT = 24

const UINT = 0
const BYTE_STRING = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6
const CID_TAG = 42
const NULL = 0xf6
const BREAK = 0xff

/** Reads the one map a header may be: no recursion, no value other than the two keys can hold. */
class HeaderDecoder {
  readonly #bytes: Uint8Array
  readonly #position: number
  #at = 0

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes
    this.#position = position
  }

  decode(): { version: number; roots: CID[] } {
    const header = { version: 0, roots: [] as CID[] }
    if (this.#peek() === NULL) return header
    const entries = this.#container(MAP, 'expected start of map')
    for (let i = 0; i < entries; i++) {
      if (entries === Number.POSITIVE_INFINITY && this.#takeBreak()) break
      const key = this.#key()
      if (key === 'roots') header.roots = this.#roots()
      else if (key === 'version') header.version = this.#head(UINT, 'version is not an unsigned integer')
      else throw this.#invalid(`stream contains key "${key}", but there's no such field in the header`)
    }
    return header
  }

  #key(): string {
    const length = this.#head(TEXT, 'a key is not a text')
    return new TextDecoder().decode(this.#take(Math.min(length, 64)))
  }

  #roots(): CID[] {
    if (this.#peek() === NULL) {
      this.#at++
      return []
    }
    const roots: CID[] = []
    const count = this.#container(ARRAY, 'roots is not a list')
    for (let i = 0; i < count; i++) {
      if (count === Number.POSITIVE_INFINITY && this.#takeBreak()) break
      roots.push(this.#root())
    }
    return roots
  }

  #root(): CID {
    if (this.#head(TAG, 'a root is not a CID') !== CID_TAG) throw this.#invalid('a root is not a CID')
    const length = this.#head(BYTE_STRING, 'a root is not a CID')
    const offset = this.#position + this.#at
    const bytes = this.#take(length)
    if (bytes[0] !== 0) throw this.#invalid('a root is not a CID')
    return decodeCid(copyBytes(bytes, 1, length), offset + 1)
  }

  /** Number of items of a map or list; infinity for an indefinite one. */
  #container(type: number, problem: string): number {
    if (this.#peek() === ((type << 5) | 31)) {
      this.#at++
      return Number.POSITIVE_INFINITY
    }
    return this.#head(type, problem)
  }

  #takeBreak(): boolean {
    if (this.#peek() !== BREAK) return false
    this.#at++
    return true
  }

  /** The argument of a CBOR head of major type `type`. */
  #head(type: number, problem: string): number {
    const first = this.#peek()
    if (first >> 5 !== type) throw this.#invalid(problem)
    this.#at++
    const info = first & 31
    if (info < 24) return info
    if (info > 27) throw this.#invalid(problem)
    let value = 0
    for (const byte of this.#take(1 << (info - 24))) value = value * 256 + byte
    if (value > Number.MAX_SAFE_INTEGER) throw this.#invalid(problem)
    return value
  }

  #peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw this.#invalid('unexpected EOF')
    return byte
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw this.#invalid('unexpected EOF')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #invalid(problem: string): EngineError {
    return carInvalid(`The CAR header cannot be understood: ${problem}.`, {
      offset: this.#position + this.#at,
      goCar: `invalid header: ${problem}`,
    })
  }
}

function cborHeadLength(value: number): number {
  if (value < 24) return 1
  if (value < 0x100) return 2
  if (value < 0x10000) return 3
  return 5
}

function writeCborHead(out: Uint8Array, at: number, type: number, value: number): number {
  const length = cborHeadLength(value)
  if (length === 1) {
    out[at] = (type << 5) | value
    return at + 1
  }
  out[at] = (type << 5) | (length === 2 ? 24 : length === 3 ? 25 : 26)
  for (let i = 1; i < length; i++) out[at + i] = (value >>> (8 * (length - 1 - i))) & 0xff
  return at + length
}

function writeText(out: Uint8Array, at: number, text: string): number {
  out[at] = (TEXT << 5) | text.length
  for (let i = 0; i < text.length; i++) out[at + 1 + i] = text.charCodeAt(i)
  return at + 1 + text.length
}
