import { EngineError } from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { isUsableShardKey } from './records/shard-records.ts'

const MAX_KEY_BYTES = 1024

/** INVALID_ARGUMENT for a text that cannot be the key of a shard. */
export function assertUsableKey(key: string): void {
  if (isUsableShardKey(key) && Buffer.byteLength(key) <= MAX_KEY_BYTES) return
  throw new EngineError(
    'INVALID_ARGUMENT',
    `"${key.slice(0, 100)}" cannot be a shard key: keys have 1 to ${MAX_KEY_BYTES} bytes and no empty, "." or ".." part between slashes.`,
  )
}

/** Whether a key is a piece CID as `lotus://` shards have it: version 1, in base32. */
export function isPieceCidText(key: string): boolean {
  try {
    return parsePieceCid(key).pieceCid.toString() === key
  } catch {
    return false
  }
}
