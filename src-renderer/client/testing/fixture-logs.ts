import type { ImportView, LogLine } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { minutesAgo } from './fixture-values.ts'

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
