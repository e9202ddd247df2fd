/**
 * The record of a shard, in the JSON that Go's dagstore writes: `{"k","u","t","s","l","e"}` in this order, with `<`,
 * `>`, `&`, U+2028 and U+2029 escaped. Both programs read each other's records.
 */
export interface ShardRecord {
  key: string
  /** Of the mount. */
  url: string
  /** Path of the local copy; empty when there is none. */
  transientPath: string
  stateNumber: number
  lazy: boolean
  /** Why it is Errored; empty otherwise. Go may leave one at other states. */
  error: string
}

export function encodeShardRecord(record: ShardRecord): Uint8Array {
  const json = JSON.stringify({
    k: record.key,
    u: record.url,
    t: record.transientPath,
    s: record.stateNumber,
    l: record.lazy,
    e: record.error,
  })
  return Buffer.from(GO_ESCAPES.test(json) ? json.replace(GO_ESCAPES_ALL, escapeCharacter) : json)
}

/** The record in a row, or why there is none, as part of a sentence. */
export function decodeShardRecord(row: string): ShardRecord | { damage: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(row)
  } catch {
    return { damage: 'it is not JSON' }
  }
  if (typeof parsed !== 'object' || parsed === null) return { damage: 'it is not a JSON object' }
  const { k = '', u = '', t = '', s = 0, l = false, e = '' } = parsed as Record<string, unknown>
  if (typeof k !== 'string' || k === '') return { damage: 'it names no shard' }
  if (typeof u !== 'string' || typeof t !== 'string' || typeof e !== 'string' || typeof l !== 'boolean')
    return { damage: 'one of its fields has the wrong type' }
  if (typeof s !== 'number' || !Number.isSafeInteger(s)) return { damage: 'its state is not a number' }
  return { key: k, url: u, transientPath: t, stateNumber: s, lazy: l, error: e }
}

const GO_ESCAPES = /[<>&\u2028\u2029]/
const GO_ESCAPES_ALL = /[<>&\u2028\u2029]/g

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
