import type { SystemInfo, SystemStatus, TransferView } from '../../../src-shared/contract/index.ts'
import { GIB, MIB, minutesAgo, PROVIDER } from './fixture-values.ts'
import type { FixtureWorld } from './fixture-world.ts'

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
        onDisk('postings', '~/.carport/dagstore/postings', used * 1.4 * GIB),
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
