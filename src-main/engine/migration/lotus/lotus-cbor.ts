/**
 * CBOR as Go's cbor-gen writes it. Go strings are byte strings, so what CBOR calls text need not be UTF-8: peer ids are
 * raw multihashes. Such text is kept as bytes; nothing is lost either way, since valid UTF-8 can be encoded back.
 */
import { isUtf8 } from 'node:buffer'
import { type DecodeOptions, decode, Token, Tokenizer, Type } from 'cborg'
import { CID } from 'multiformats/cid'

export type LotusText = string | Uint8Array
/** A map of a Go struct: field names are always text. */
export type LotusStruct = { readonly [field: string]: unknown }

/** null when the bytes are not one whole CBOR map. */
export function decodeStruct(bytes: Uint8Array): LotusStruct | null {
  try {
    const value: unknown = decode(bytes, { ...OPTIONS, tokenizer: new BytesOfText(bytes, OPTIONS) })
    return isStruct(value) ? value : null
  } catch {
    return null
  }
}

export function isStruct(value: unknown): value is LotusStruct {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** An unsigned integer of any size, in decimal; null for anything else. */
export function integerText(value: unknown): string | null {
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null
}

/** An integer that a number can hold; null for anything else. */
export function smallInteger(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

/**
 * A link as text; null for anything else. The text is copied: multiformats joins it letter by letter, and V8 keeps such a
 * string as sixty small objects, two KB in all, which matters with a hundred thousand deals.
 */
export function cidText(value: unknown): string | null {
  const text = CID.asCID(value)?.toString()
  return text === undefined ? null : Buffer.from(text, 'latin1').toString('latin1')
}

const OPTIONS: DecodeOptions = {
  retainStringBytes: true,
  allowBigInt: true,
  allowIndefinite: false,
  tags: {
    42: (content) => {
      const bytes: unknown = content()
      return bytes instanceof Uint8Array && bytes[0] === 0 ? CID.decode(bytes.subarray(1)) : null
    },
  },
}

class BytesOfText extends Tokenizer {
  override next(): Token {
    const token = super.next()
    const bytes = token.byteValue
    if (token.type !== Type.string || bytes === undefined || isUtf8(bytes)) return token
    return new Token(Type.bytes, bytes, token.encodedLength)
  }
}
