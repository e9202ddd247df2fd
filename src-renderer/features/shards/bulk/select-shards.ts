import { type BulkSelection, MAX_KEYS_AT_ONCE } from '../../../../src-shared/contract/index.ts'
import type { Client } from '../../../client/index.ts'

/** Names shards to the engine: in one message where they fit, else in parts. */
export async function selectShards(
  { bulk }: Pick<Client, 'bulk'>,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<BulkSelection> {
  if (keys.length <= MAX_KEYS_AT_ONCE) return { kind: 'keys', keys: [...keys] }
  let selectionId: string | null = null
  for (let from = 0; from < keys.length; from += MAX_KEYS_AT_ONCE) {
    const part: { selectionId: string } = await bulk.gather(
      { selectionId, keys: keys.slice(from, from + MAX_KEYS_AT_ONCE) },
      { signal },
    )
    selectionId = part.selectionId
  }
  return { kind: 'gathered', selectionId: selectionId ?? '' }
}
