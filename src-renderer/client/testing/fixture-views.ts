import type {
  DealView,
  ImportView,
  LogLine,
  PieceView,
  RetrievalView,
  SettingView,
  ShardView,
  SystemInfo,
  SystemStatus,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import { ERROR_CODES, type ErrorCode, type ErrorValue } from '../../../src-shared/errors/index.ts'
import { Chance } from './chance.ts'

/** A Carport that has been used for a while: every state of every kind occurs. */
export interface FixtureWorld {
  imports: ImportView[]
  deals: DealView[]
  retrievals: RetrievalView[]
  transfers: TransferView[]
  shards: ShardView[]
  pieces: PieceView[]
  logs: LogLine[]
}

const MIB = 2 ** 20
const GIB = 2 ** 30
const PROVIDER = 'http://127.0.0.1:43117'

export const EMPTY_WORLD: FixtureWorld = {
  imports: [],
  deals: [],
  retrievals: [],
  transfers: [],
  shards: [],
  pieces: [],
  logs: [],
}

export function fullWorld(shardCount = 160): FixtureWorld {
  const chance = new Chance(7)
  const imports = importsOf(chance)
  const pieces = Array.from({ length: 46 }, (_, at) => pieceOf(chance, at))
  return {
    imports,
    deals: dealsOf(chance, imports, pieces),
    retrievals: retrievalsOf(chance, imports),
    transfers: transfersOf(chance),
    shards: shardsOf(chance, pieces, shardCount),
    pieces,
    logs: logsOf(chance, imports),
  }
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

export function errorOf(code: ErrorCode, message: string): ErrorValue {
  return { code, ...ERROR_CODES[code], message, details: {} }
}

const SOURCES: [path: string, sizeBytes: number][] = [
  ['/srv/footage/harbour-at-dawn.mkv', 4.21 * GIB],
  ['/srv/datasets/sentinel-2-tiles-2026-10', 31.6 * GIB],
  ['/home/ada/papers/content-addressing.pdf', 2.4 * MIB],
  ['/srv/backups/postgres-2026-11-21.tar.zst', 18.3 * GIB],
  ['/srv/footage/interviews', 12.9 * GIB],
  ['/srv/datasets/ocean-temperatures.parquet', 874 * MIB],
  ['/srv/archives/newspapers-1911-1920.car', 29.8 * GIB],
  ['/home/ada/photos/2026', 6.7 * GIB],
  ['/srv/datasets/genomes/GRCh38.fa.gz', 938 * MIB],
  ['/srv/backups/mail-2026-11-01.tar', 3.1 * GIB],
  ['/srv/maps/planet-261116.osm.pbf', 78.4 * GIB],
  ['/home/ada/notes.txt', 12_480],
  ['/srv/footage/b-roll/drone-07.mov', 1.8 * GIB],
  ['/srv/datasets/weather/era5-2025.grib', 22.2 * GIB],
  ['/srv/archives/court-records.car', 8.9 * GIB],
  ['/srv/models/whisper-large-v4.safetensors', 3.09 * GIB],
]

function importsOf(chance: Chance): ImportView[] {
  return SOURCES.map(([source, sizeBytes], at): ImportView => {
    const id = String(1795360000000000000n + BigInt(at) * 7919n)
    const kind = source.endsWith('.car') ? 'car' : at % 5 === 4 ? 'self-contained' : 'linked'
    const base: ImportView = {
      id,
      root: chance.rootCid(),
      kind,
      source,
      carPath: kind === 'car' ? source : `/home/ada/.carport/imports/${id}.car`,
      profile: kind === 'car' ? null : at % 6 === 5 ? 'lotus' : 'unixfs-v1-2025',
      sizeBytes: Math.round(sizeBytes),
      carSizeBytes: Math.round(kind === 'linked' ? sizeBytes / 4000 + 4000 : sizeBytes * 1.0004),
      blockCount: Math.ceil(sizeBytes / MIB) + 2,
      createdAt: minutesAgo(3 + at * at * 97),
      state: 'ready',
      health: 'ok',
      problem: null,
      progress: null,
    }
    return { ...base, ...importVariant(at, base) }
  })
}

function importVariant(at: number, { source, sizeBytes }: ImportView): Partial<ImportView> {
  switch (at) {
    case 0:
      return {
        state: 'importing',
        root: null,
        health: 'unchecked',
        blockCount: null,
        carSizeBytes: null,
        progress: {
          phase: 'Reading',
          doneBytes: sizeBytes * 0.37,
          totalBytes: sizeBytes,
          rate: 412 * MIB,
          etaSeconds: 7,
        },
      }
    case 4:
      return {
        health: 'broken',
        problem: {
          code: 'SOURCE_MISSING',
          message: `${source} is no longer there, and a linked import has no copy of it.`,
          remedies: ['relink', 'drop'],
        },
        kind: 'linked',
      }
    case 5:
      return {
        health: 'attention',
        problem: {
          code: 'SOURCE_CHANGED',
          message: `${source} has changed since it was imported, so parts of it may no longer match.`,
          remedies: ['reimport', 'drop'],
        },
      }
    case 9:
      return {
        state: 'failed',
        health: 'unchecked',
        root: null,
        blockCount: null,
        carSizeBytes: null,
        problem: {
          code: 'IMPORT_INTERRUPTED',
          message: 'Carport was ended while this was being imported.',
          remedies: ['retry', 'drop'],
        },
      }
    default:
      return {}
  }
}

function pieceOf(chance: Chance, at: number): PieceView {
  const pieceSize = 2 ** (28 + chance.int(8))
  const pieceCid = chance.pieceCid()
  const state = at % 17 === 5 ? 'missing' : at % 9 === 4 ? 'sealed-only' : 'unsealed'
  const source = at % 4 === 3 ? 'lotus-storage' : at % 11 === 6 ? 'http' : 'directory'
  return {
    pieceCid,
    pieceCidV2: chance.rootCid(),
    pieceSize,
    sizeBytes: state === 'unsealed' ? Math.round(pieceSize * (0.7 + chance.next() * 0.29)) : null,
    path: state === 'unsealed' && source !== 'http' ? `/home/ada/.carport/pieces/${pieceCid}.car` : null,
    source,
    state,
    hasShard: at % 7 !== 3,
    deals: [],
    addedAt: minutesAgo(20 + at * 613),
  }
}

function shardsOf(chance: Chance, pieces: readonly PieceView[], count: number): ShardView[] {
  const keys = pieces.filter(({ hasShard }) => hasShard).map(({ pieceCid }) => pieceCid)
  return Array.from({ length: count }, (_, at): ShardView => {
    const key = keys[at] ?? chance.pieceCid()
    const state =
      at % 13 === 6
        ? 'Errored'
        : at % 19 === 3
          ? 'New'
          : at % 47 === 8
            ? 'Initializing'
            : at % 31 === 2
              ? 'Serving'
              : 'Available'
    const sizeBytes = Math.round((1 + chance.next() * 31) * GIB)
    const indexed = state === 'Available' || state === 'Serving'
    return {
      key,
      state,
      error: state === 'Errored' ? shardError(at, key) : null,
      url: `lotus://${key}`,
      lazy: at % 3 === 0,
      transientPath: indexed && at % 4 === 0 ? `/home/ada/.carport/dagstore/transients/${key}` : null,
      sizeBytes: state === 'New' ? null : sizeBytes,
      indexBytes: indexed ? Math.round(sizeBytes / 26_000) : null,
      readers: state === 'Serving' ? 1 + (at % 3) : 0,
    }
  })
}

function shardError(at: number, key: string): string {
  const errors = [
    `No source has piece ${key}.`,
    `Only a sealed copy of piece ${key} exists; it has to be unsealed first.`,
    `The shard ${key} has no index: /home/ada/.carport/dagstore/index/${key}.full.idx does not exist.`,
    `http://10.0.7.21:12310/piece/${key} answers 503: it cannot serve now.`,
  ]
  return errors[[0, 1, 1, 2, 0, 3, 1][at % 7] ?? 0] ?? ''
}

function dealsOf(chance: Chance, imports: readonly ImportView[], pieces: PieceView[]): DealView[] {
  const states: DealView['state'][] = [
    'transferring',
    'active',
    'failed',
    'active',
    'active',
    'verifying',
    'active',
    'active',
    'active',
    'cancelled',
    'active',
    'active',
  ]
  return states.map((state, at): DealView => {
    const origin = imports[at + 1]
    const piece = pieces[at]
    const dealId = `019c${(0x4f3a + at * 0x1b7).toString(16)}-7e2${at.toString(16)}`
    piece?.deals.push(dealId)
    const role = at % 4 === 3 ? 'provider' : 'client'
    const error =
      state === 'failed' ? errorOf('DEAL_REJECTED', 'The provider said no: it has no room for pieces of 32 GiB.') : null
    return {
      dealId,
      role,
      state,
      root: origin?.root ?? chance.rootCid(),
      pieceCid: piece?.pieceCid ?? null,
      pieceCidV2: piece?.pieceCidV2 ?? null,
      pieceSize: piece?.pieceSize ?? null,
      carSize: Math.round((piece?.pieceSize ?? GIB) * 0.88),
      provider: at % 3 === 2 ? 'https://provider.example:7777' : PROVIDER,
      message: DEAL_MESSAGES[state],
      error,
      progress:
        state === 'transferring'
          ? { phase: 'Transferring', doneBytes: 11.4 * GIB, totalBytes: 31.6 * GIB, rate: 96 * MIB, etaSeconds: 215 }
          : null,
      createdAt: minutesAgo(14 + at * 211),
      updatedAt: minutesAgo(at === 0 ? 0.1 : 9 + at * 199),
      timeline: timelineOf(state, role, 14 + at * 211),
      importId: role === 'client' ? (origin?.id ?? null) : null,
    }
  })
}

const DEAL_MESSAGES: Record<DealView['state'], string> = {
  preparing: 'The piece commitment of the data is being computed.',
  proposing: 'The provider is being asked whether it takes the deal.',
  accepted: 'Accepted. The data is fetched as soon as another transfer ends.',
  transferring: 'The provider is fetching the data from this machine.',
  verifying: 'The provider has all data and is computing its piece commitment.',
  'handing-off': 'The piece is being moved into the piece store.',
  active: 'The provider holds the piece and serves it.',
  failed: 'The deal was refused.',
  cancelled: 'You cancelled it before the data was transferred.',
}

function timelineOf(state: DealView['state'], role: DealView['role'], startedMinutesAgo: number): DealView['timeline'] {
  const path: DealView['state'][] =
    role === 'client'
      ? ['preparing', 'proposing', 'transferring', 'verifying', 'active']
      : ['accepted', 'transferring', 'verifying', 'handing-off', 'active']
  const end = path.indexOf(state)
  const passed = end === -1 ? [...path.slice(0, 2), state] : path.slice(0, end + 1)
  return passed.map((each, at) => ({
    state: each,
    at: minutesAgo(startedMinutesAgo - at * 2.5),
    message: DEAL_MESSAGES[each],
  }))
}

function retrievalsOf(chance: Chance, imports: readonly ImportView[]): RetrievalView[] {
  const states: RetrievalView['state'][] = [
    'transferring',
    'done',
    'done',
    'failed',
    'done',
    'done',
    'exporting',
    'cancelled',
    'done',
  ]
  return states.map((state, at): RetrievalView => {
    const origin = imports[at + 1]
    const totalBytes = origin?.carSizeBytes ?? GIB
    const moving = state === 'transferring' || state === 'exporting'
    return {
      dealId: String(1795361000000000000n + BigInt(at) * 104_729n),
      root: origin?.root ?? chance.rootCid(),
      selector: null,
      state,
      message: RETRIEVAL_MESSAGES[state],
      error:
        state === 'failed'
          ? errorOf('PEER_UNAVAILABLE', 'https://provider.example:7777 stopped answering after 3.2 GiB.')
          : null,
      receivedBytes: Math.round(moving ? totalBytes * 0.61 : state === 'done' ? totalBytes : totalBytes * 0.18),
      totalBytes,
      blockCount: Math.ceil(totalBytes / MIB),
      provider: at % 3 === 0 ? 'https://provider.example:7777' : at % 3 === 1 ? PROVIDER : 'local',
      carPath: `/home/ada/.carport/retrievals/${1795361000000000000n + BigInt(at) * 104_729n}.car`,
      carSizeBytes: Math.round(totalBytes * (state === 'done' ? 1.002 : 0.4)),
      complete: state === 'done' && at !== 5,
      path: at % 4 === 2 ? null : `/home/ada/restored/${(origin?.source ?? 'data').split('/').at(-1)}`,
      progress: moving
        ? {
            phase: state === 'transferring' ? 'Receiving and checking blocks' : 'Writing files',
            doneBytes: Math.round(totalBytes * 0.61),
            totalBytes,
            rate: 88 * MIB,
            etaSeconds: 131,
          }
        : null,
      createdAt: minutesAgo(4 + at * 331),
      updatedAt: minutesAgo(at * 330),
    }
  })
}

const RETRIEVAL_MESSAGES: Record<RetrievalView['state'], string> = {
  transferring: 'Blocks are received and checked one by one.',
  exporting: 'Everything is here. The files are being written.',
  done: 'Everything below the root is here.',
  failed: 'The provider stopped answering. Blocks that arrived are kept.',
  cancelled: 'You cancelled it. Blocks that arrived are kept.',
}

function transfersOf(chance: Chance): TransferView[] {
  const states: TransferView['state'][] = [
    'running',
    'running',
    'waiting',
    'paused',
    'queued',
    'failed',
    'done',
    'done',
    'done',
    'cancelled',
    'done',
  ]
  return states.map((state, at): TransferView => {
    const totalBytes = Math.round((2 + chance.next() * 30) * GIB)
    const over = state === 'done' || state === 'failed' || state === 'cancelled'
    const kind = at % 3 === 0 ? 'deal-data' : at % 3 === 1 ? 'dag' : 'piece'
    const doneBytes =
      state === 'done' ? totalBytes : state === 'queued' ? 0 : Math.round(totalBytes * (0.15 + chance.next() * 0.7))
    return {
      id: `t-${(4801 + at * 37).toString(36)}`,
      direction: at % 2 === 0 ? 'out' : 'in',
      kind,
      what: kind === 'dag' ? chance.rootCid() : chance.pieceCid(),
      counterparty: at % 3 === 1 ? 'https://provider.example:7777' : '10.0.7.21',
      state,
      message: TRANSFER_MESSAGES[state],
      error:
        state === 'failed' ? errorOf('PEER_UNAVAILABLE', 'The other side did not answer five times in a row.') : null,
      doneBytes,
      totalBytes,
      rate: state === 'running' ? (60 + at * 41) * MIB : 0,
      etaSeconds: state === 'running' ? (totalBytes - doneBytes) / ((60 + at * 41) * MIB) : null,
      retries: state === 'waiting' ? 2 : state === 'failed' ? 5 : 0,
      startedAt: minutesAgo(3 + at * 47),
      endedAt: over ? minutesAgo(1 + at * 40) : null,
      ownerId: null,
      log: [
        { at: minutesAgo(3 + at * 47), message: 'Asked for by 10.0.7.21.' },
        { at: minutesAgo(2.9 + at * 47), message: 'Continues at byte 0.' },
        ...(state === 'waiting' ? [{ at: minutesAgo(0.4), message: 'Connection reset. Tries again in 8 s.' }] : []),
        ...(state === 'failed'
          ? [{ at: minutesAgo(1 + at * 40), message: 'No answer five times in a row. Given up.' }]
          : []),
      ],
    }
  })
}

const TRANSFER_MESSAGES: Record<TransferView['state'], string> = {
  queued: 'Waits until another transfer ends',
  running: 'Sending blocks',
  waiting: 'The other side broke off; tries again in 8 s',
  paused: 'Paused by you',
  done: 'All bytes arrived and were checked.',
  failed: 'Given up after five attempts.',
  cancelled: 'You cancelled it.',
}

function logsOf(chance: Chance, imports: readonly ImportView[]): LogLine[] {
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

const setting = (
  key: string,
  type: SettingView['type'],
  value: SettingView['value'],
  description: string,
  rest: Partial<SettingView> = {},
): SettingView => ({
  key,
  type,
  value,
  default: value,
  source: 'default',
  environment: `CARPORT_${key.toUpperCase().replace('.', '_')}`,
  applies: 'live',
  description,
  ...rest,
})

export const FIXTURE_SETTINGS: SettingView[] = [
  setting(
    'API.ListenAddress',
    'string',
    '127.0.0.1:0',
    'Where the window and the command line reach a headless engine. Port 0 takes any free port.',
    { applies: 'restart' },
  ),
  setting('Client.MaxConcurrentImports', 'integer', 2, 'Imports that run at once; further ones wait.'),
  setting(
    'Provider.Enabled',
    'boolean',
    true,
    'Whether this Carport is also a storage provider: accepts deals, holds pieces and serves them.',
    { applies: 'restart' },
  ),
  setting(
    'Provider.ListenAddress',
    'string',
    '0.0.0.0:43117',
    'Where clients reach the provider: deals, /piece and /ipfs. Keep it on loopback unless you mean to serve others.',
    { applies: 'restart', default: '127.0.0.1:0', source: 'file' },
  ),
  setting('DAGStore.MaxTransientsSize', 'bytes', '200GiB', 'Space that transients may take.', {
    default: '0',
    source: 'file',
  }),
  setting('DAGStore.TransientsHighWatermark', 'integer', 90, 'Percent of the limit at which the oldest go.'),
  setting('DAGStore.TransientsLowWatermark', 'integer', 70, 'Percent of the limit down to which they go.'),
  setting('DAGStore.RootDir', 'string', '', 'Folder of the dagstore. Empty: dagstore/ in the data directory.', {
    applies: 'restart',
  }),
  setting('DAGStore.MaxConcurrentIndex', 'integer', 5, 'Shards indexed at once. 0: no limit.'),
  setting(
    'DAGStore.GCInterval',
    'duration',
    '1m0s',
    'How often transients that nothing reads are collected. 0s: never by itself.',
  ),
  setting(
    'Log.Level',
    'string',
    'debug',
    'What is written to logs/ and stderr: debug, info, warn or error and above.',
    { default: 'info', source: 'environment' },
  ),
]
