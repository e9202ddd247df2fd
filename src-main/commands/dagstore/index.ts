import type { Verbs } from '../verbs.ts'
import { auditIndex } from './audit-index.ts'
import { bulkWork, pauseBulkWork, resumeBulkWork } from './bulk-work.ts'
import { gc } from './gc.ts'
import { get } from './get.ts'
import { indexList } from './index-list.ts'
import { initializeAll } from './initialize-all.ts'
import { listShards } from './list-shards.ts'
import { lookupPieces } from './lookup-pieces.ts'
import { registerShard } from './register-shard.ts'
import { runs } from './runs.ts'
import { shard } from './shard.ts'
import { destroyShard, initializeShard, recoverShard, reindexShard } from './shard-operations.ts'

export const dagstoreVerbs = (verbs: Verbs) =>
  verbs.group('dagstore', 'shards: pieces that are indexed and served', [
    listShards,
    shard,
    registerShard,
    initializeShard,
    recoverShard,
    reindexShard,
    destroyShard,
    initializeAll,
    bulkWork,
    pauseBulkWork,
    resumeBulkWork,
    runs,
    gc,
    lookupPieces,
    get,
    indexList,
    auditIndex,
  ])
