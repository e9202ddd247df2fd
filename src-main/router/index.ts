/** The contract, answered by an engine: the same for Electron IPC, the WebSocket and the command line. */
import type { Engine } from '../engine/index.ts'
import type { HostAbilities } from './host-abilities.ts'
import { bulkRouter } from './topics/bulk.ts'
import { dagsRouter } from './topics/dags.ts'
import { dealsRouter } from './topics/deals.ts'
import { importsRouter } from './topics/imports.ts'
import { inspectRouter } from './topics/inspect.ts'
import { migrationRouter } from './topics/migration.ts'
import { piecesRouter } from './topics/pieces.ts'
import { retrievalsRouter } from './topics/retrievals.ts'
import { settingsRouter } from './topics/settings.ts'
import { shardsRouter } from './topics/shards.ts'
import { systemRouter } from './topics/system.ts'
import { transfersRouter } from './topics/transfers.ts'
import { viewsRouter } from './topics/views.ts'

export type { CallerContext } from './caller-context.ts'
export type { HostAbilities } from './host-abilities.ts'

export type Router = ReturnType<typeof createRouter>

export function createRouter(engine: Engine, host: HostAbilities = {}) {
  return {
    imports: importsRouter(engine),
    dags: dagsRouter(engine),
    deals: dealsRouter(engine),
    retrievals: retrievalsRouter(engine),
    transfers: transfersRouter(engine),
    shards: shardsRouter(engine),
    bulk: bulkRouter(engine),
    pieces: piecesRouter(engine),
    migration: migrationRouter(engine),
    inspect: inspectRouter(engine),
    settings: settingsRouter(engine),
    system: systemRouter(engine, host),
    views: viewsRouter(engine),
  }
}
