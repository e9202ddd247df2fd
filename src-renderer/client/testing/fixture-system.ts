import type { ImportView, LogLine, SystemInfo, SystemStatus, TransferView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { GIB, MIB, minutesAgo, PROVIDER } from './fixture-values.ts'
import type { FixtureWorld } from './fixture-world.ts'

export function logsOf(chance: Chance, imports: readonly ImportView[]): LogLine[] {
  const lines: [LogLine['level'], string, string][] = [
    ['info', 'engine', 'Carport is ready'],
    ['info', 'imports', 'sanity checking imports'],
    ['warn', 'imports', 'import has missing/broken carv2; please reimport'],
    ['info', 'imports', 'sanity check completed'],
    ['info', 'dagstore', 'shard initialized'],
    ['debug', 'dagstore', 'acquired shard'],
    ['error', 'dagstore', 'failed to initialize shard'],
    ['info', 'transfer', 'transfer started'],
    ['warn', 'transfer', 'connection lost; trying again'],
    ['info', 'deals', 'deal accepted'],
  ]
  return Array.from({ length: 240 }, (_, at): LogLine => {
    const [level, logger, message] = lines[at < 4 ? at : 4 + chance.int(6)] as (typeof lines)[number]
    const fields: LogLine['fields'] =
      logger === 'imports' && level === 'warn'
        ? { id: imports[4]?.id ?? '', original: imports[4]?.source ?? '' }
        : logger === 'dagstore'
          ? { key: chance.pieceCid(), took: `${chance.int(900)}ms` }
          : logger === 'transfer'
            ? { id: `t-${chance.int(9000).toString(36)}`, attempt: chance.int(5) }
            : {}
    return { seq: at + 1, at: minutesAgo((240 - at) * 1.7), level, logger, message, fields }
  })
}

export const FIXTURE_INFO: SystemInfo = {
  version: '0.1.0',
  dataDir: '/home/ada/.carport',
  host: 'desktop',
  abilities: { dialogs: true, droppedPaths: true, reveal: true },
  providerUrl: PROVIDER,
  startedAt: minutesAgo(1730),
}

export function statusOf(world: FixtureWorld): SystemStatus {
  const count = <Row>(rows: readonly Row[], by: (row: Row) => string) => {
    const counts: Record<string, number> = {}
    for (const row of rows) counts[by(row)] = (counts[by(row)] ?? 0) + 1
    return counts
  }
  const running = world.transfers.filter(({ state }) => state === 'running')
  const used = world.imports.length === 0 ? 0 : 1
  const rateOf = (direction: TransferView['direction']) =>
    running.filter((each) => each.direction === direction).reduce((sum, { rate }) => sum + rate, 0)
  return {
    version: FIXTURE_INFO.version,
    dataDir: FIXTURE_INFO.dataDir,
    address: '127.0.0.1:41234',
    providerUrl: PROVIDER,
    roles: ['client', 'provider'],
    shards: count(world.shards, ({ state }) => state),
    imports: count(world.imports, ({ health }) => health),
    deals: count(world.deals, ({ state }) => state),
    retrievals: count(world.retrievals, ({ state }) => state),
    transfers: { active: running.length, inRate: rateOf('in'), outRate: rateOf('out') },
    disk: {
      freeBytes: 412 * GIB,
      totalBytes: 1.82 * 1024 * GIB,
      byPurpose: [
        onDisk('imports', '~/.carport/imports', used * 21.4 * GIB),
        onDisk('retrievals', '~/.carport/retrievals', used * 64.2 * GIB),
        onDisk('staging', '~/.carport/deal-staging', used * 31.6 * GIB),
        onDisk('pieces', '~/.carport/pieces', used * 618 * GIB),
        onDisk('indexes', '~/.carport/dagstore/index', used * 3.9 * GIB),
        onDisk('transients', '~/.carport/dagstore/transients', used * 127 * GIB),
        onDisk('metadata', '~/.carport/datastore', 84 * MIB),
        onDisk('logs', '~/.carport/logs', 12 * MIB),
      ],
    },
  }
}

/** Pieces have a disk of their own. */
function onDisk(purpose: Purpose, path: string, bytes: number) {
  const [freeBytes, totalBytes] = purpose === 'pieces' ? [2870 * GIB, 3726 * GIB] : [412 * GIB, 1.82 * 1024 * GIB]
  return { purpose, path, bytes, freeBytes, totalBytes }
}
type Purpose = SystemStatus['disk']['byPurpose'][number]['purpose']
