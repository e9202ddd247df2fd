import type { Verbs } from '../verbs.ts'
import { cancelRetrieval } from './cancel-retrieval.ts'
import { cat } from './cat.ts'
import { check } from './check.ts'
import { commP } from './commp.ts'
import { deal } from './deal.ts'
import { drop } from './drop.ts'
import { exportDag } from './export.ts'
import { generateCar } from './generate-car.ts'
import { getDeal } from './get-deal.ts'
import { importPaths } from './import.ts'
import { listDeals } from './list-deals.ts'
import { listRetrievals } from './list-retrievals.ts'
import { local } from './local.ts'
import { ls } from './ls.ts'
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
    commP,
    generateCar,
    exportDag,
    cat,
    ls,
    deal,
    listDeals,
    getDeal,
    retrieve,
    listRetrievals,
    cancelRetrieval,
  ])
