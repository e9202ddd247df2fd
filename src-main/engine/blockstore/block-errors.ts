import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'

/** BLOCK_NOT_FOUND for a CID. */
export function blockNotFound(cid: CID): EngineError {
  return new EngineError('BLOCK_NOT_FOUND', `Block ${cid} is not here.`, {
    details: { cid: cid.toString(), goCar: `ipld: could not find ${cid}` },
  })
}
