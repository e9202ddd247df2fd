import type { Verbs } from '../verbs.ts'
import { cancelRetrieval } from './cancel-retrieval.ts'
import { check } from './check.ts'
import { deal } from './deal.ts'
import { drop } from './drop.ts'
import { getDeal } from './get-deal.ts'
import { importPaths } from './import.ts'
import { listDeals } from './list-deals.ts'
import { listRetrievals } from './list-retrievals.ts'
import { local } from './local.ts'
import { materialise, reimport, relink } from './mend.ts'
import { retrieve } from './retrieve.ts'
import { stat } from './stat.ts'

export const clientVerbs = (verbs: Verbs) =>
  verbs.group('client', 'import files, make deals and retrieve data', [
    importPaths,
    local,
    check,
    relink,
    reimport,
    materialise,
    drop,
    stat,
    deal,
    listDeals,
    getDeal,
    retrieve,
    listRetrievals,
    cancelRetrieval,
  ])
