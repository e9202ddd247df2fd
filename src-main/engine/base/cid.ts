import { CID } from 'multiformats/cid'
import { EngineError } from './engine-error.ts'

/**
 * A CID from what a person or a peer wrote. INVALID_CID when it is none. Bits of a last base32 character that stand for
 * no byte are dropped, as Go does: the CID is the same, and its text is then the usual one.
 */
export function parseCid(text: string): CID {
  const trimmed = text.trim()
  try {
    return CID.parse(withoutSpareBits(trimmed))
  } catch (cause) {
    throw new EngineError('INVALID_CID', `"${text}" is not a CID.`, { cause, details: { text } })
  }
}

/** After the prefix `b` a character is five bits, the first ones highest. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

function withoutSpareBits(text: string): string {
  const spareBits = ((text.length - 1) * 5) % 8
  const last = BASE32.indexOf(text.at(-1) ?? '')
  if (!text.startsWith('b') || spareBits >= 5 || last < 0) return text
  return text.slice(0, -1) + BASE32.charAt((last >> spareBits) << spareBits)
}
