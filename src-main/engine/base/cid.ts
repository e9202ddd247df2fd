import { CID } from 'multiformats/cid'
import { EngineError } from './engine-error.ts'

/** A CID from what a person or a peer wrote. INVALID_CID when it is none. */
export function parseCid(text: string): CID {
  try {
    return CID.parse(text.trim())
  } catch (cause) {
    throw new EngineError('INVALID_CID', `"${text}" is not a CID.`, { cause, details: { text } })
  }
}
