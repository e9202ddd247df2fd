import type { BulkPlan, BulkRunView, BulkVerb } from '../../../../src-shared/contract/index.ts'
import type { Client } from '../../../client/index.ts'
import { selectShards } from './select-shards.ts'

const AT_ONCE = 8

/** Plans and starts at once, for what needs no second look. No run where nothing is to be done. */
export async function startBulk(
  client: Pick<Client, 'bulk'>,
  verb: BulkVerb,
  keys: readonly string[],
): Promise<{ plan: BulkPlan | null; run: BulkRunView | null }> {
  const selection = await selectShards(client, keys)
  for await (const step of await client.bulk.plan({ verb, selection, includeSealed: false, lazy: true })) {
    if (step.type !== 'plan') continue
    const { planId, wanted } = step.plan
    return { plan: step.plan, run: wanted === 0 ? null : await client.bulk.start({ planId, concurrency: AT_ONCE }) }
  }
  return { plan: null, run: null }
}
