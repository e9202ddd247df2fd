import type { BulkVerb } from '../../../../src-shared/contract/index.ts'
import type { Dagstore } from '../dagstore-ports.ts'
import type { Plan } from './bulk-plan.ts'

/** Does to one shard what a run does to many. */
export async function doToShard(
  dagstore: Dagstore,
  verb: BulkVerb,
  key: string,
  { lazy, url }: Pick<Plan, 'lazy' | 'url'>,
): Promise<void> {
  switch (verb) {
    case 'register':
      await (url === null ? dagstore.registerPiece(key, { lazy }) : dagstore.register(key, url, { lazy }))
      break
    case 'acquire': {
      const accessor = await dagstore.acquire(key)
      await accessor.close()
      break
    }
    case 'initialize':
    case 'recover':
    case 'reindex':
    case 'destroy':
      await dagstore[verb](key)
  }
}
