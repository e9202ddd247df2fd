import type { BulkVerb } from '../../../../src-shared/contract/index.ts'
import type { Dagstore } from '../dagstore-ports.ts'

/** Does to one shard what a run does to many. */
export async function doToShard(dagstore: Dagstore, verb: BulkVerb, key: string, lazy: boolean): Promise<void> {
  switch (verb) {
    case 'register':
      await dagstore.registerPiece(key, { lazy })
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
