/**
 * Unsigned LEB128 as multiformats defines it: at most 9 bytes, values below 2^63, no longer than needed.
 * Values above 2^53 are legal on the wire but no length or code in use comes near, so they are refused as too large.
 */
import type { EngineError } from '../base/index.ts'
import { carInvalid, carLimit } from './car-errors.ts'

export const MAX_VARINT_BYTES = 9

/** What `scanVarint` gives instead of a value. */
export const VARINT_SHORT = -1
const VARINT_TOO_LONG = -2
const VARINT_NOT_MINIMAL = -3
const VARINT_TOO_LARGE = -4

/**
 * The value at `bytes[start]`, looking no further than `end`; negative when there is none (constants above). Its
 * length is `varintLength(value)`, since only minimal encodings are accepted.
 */
export function scanVarint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  let scale = 1
  for (let length = 0; length < MAX_VARINT_BYTES; length++) {
    if (start + length >= end) return VARINT_SHORT
    const byte = bytes[start + length] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) {
      if (byte === 0 && length > 0) return VARINT_NOT_MINIMAL
      return value <= Number.MAX_SAFE_INTEGER ? value : VARINT_TOO_LARGE
    }
    scale *= 128
  }
  return VARINT_TOO_LONG
}

/** Bytes of the varint of `value`. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  if (value < 0x10000000) return 4
  let length = 5
  for (let rest = Math.floor(value / 0x800000000); rest > 0; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes the varint of `value` at `offset`; returns the position after it. */
export function writeVarint(value: number, into: Uint8Array, offset: number): number {
  let rest = value
  let at = offset
  while (rest >= 0x80) {
    into[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  into[at++] = rest
  return at
}

export function encodeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(value, bytes, 0)
  return bytes
}

/** The value and length of the varint at `offset`. Throws CAR_INVALID, or CAR_LIMIT above 2^53. */
export function decodeVarint(bytes: Uint8Array, offset = 0): { value: number; length: number } {
  const value = scanVarint(bytes, offset, bytes.length)
  if (value < 0) throw varintError(value, offset)
  return { value, length: varintLength(value) }
}

/** The error for a negative result of `scanVarint` at `offset` of the file. */
export function varintError(problem: number, offset: number): EngineError {
  if (problem === VARINT_TOO_LARGE) return carLimit('A number in the CAR is larger than 2^53.', { offset })
  const goCar =
    problem === VARINT_NOT_MINIMAL
      ? 'varint not minimally encoded'
      : problem === VARINT_TOO_LONG
        ? 'varints larger than uint63 not supported'
        : 'varints malformed, could not reach the end'
  return carInvalid(`A number in the CAR at byte ${offset} is not encoded as it must be: ${goCar}.`, { offset, goCar })
}
