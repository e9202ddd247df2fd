import { EngineError, QuietHours } from '../base/index.ts'
import { bytes, count, duration, flag, listenAddress, type Setting, serverAddresses, text, texts } from './setting.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

/** Every key of config.toml. Nothing is listed that has no effect. */
export const SETTINGS = {
  API: {
    ListenAddress: listenAddress('127.0.0.1:0', {
      applies: 'restart',
      description:
        'Where the window and the command line reach a headless engine. Port 0 takes any free port, the same at each start where it is free.',
    }),
  },
  Client: {
    MaxConcurrentImports: count(2, {
      applies: 'live',
      min: 1,
      max: 64,
      description: 'Imports that run at once; further ones wait.',
    }),
    MaxConcurrentTransfers: count(4, {
      applies: 'live',
      min: 1,
      max: 256,
      description: 'Retrievals that receive data at once; further ones wait.',
    }),
  },
  Deals: {
    DataListenAddress: listenAddress('127.0.0.1:0', {
      applies: 'restart',
      description: 'Where providers fetch the data of deals that this client makes. Each deal has a secret of its own.',
    }),
    DataUrl: text('', {
      applies: 'restart',
      description:
        'Under which URL a remote provider reaches that address, such as https://me.example:4443. Empty: the address.',
    }),
  },
  Provider: {
    Enabled: flag(true, {
      applies: 'restart',
      description: 'Whether this Carport is also a storage provider: accepts deals, holds pieces and serves them.',
    }),
    ListenAddress: listenAddress('127.0.0.1:0', {
      applies: 'restart',
      description:
        'Where clients reach the provider: deals, /piece and /ipfs. Keep it on loopback unless you mean to serve others.',
    }),
    MaxConcurrentTransfers: count(8, {
      applies: 'live',
      min: 1,
      max: 256,
      description: 'Deals whose data is received at once; further ones wait.',
    }),
  },
  DAGStore: {
    RootDir: text('', {
      applies: 'restart',
      description: 'Folder of the dagstore. Empty: dagstore/ in the data directory.',
    }),
    MaxConcurrentIndex: count(5, { applies: 'live', description: 'Shards indexed at once. 0: no limit.' }),
    MaxConcurrentReadyFetches: count(0, {
      applies: 'live',
      description: 'Pieces fetched to a transient at once, of those that need no preparation. 0: no limit.',
    }),
    MaxConcurrencyStorageCalls: count(100, {
      applies: 'live',
      min: 1,
      description: 'Calls to piece sources in flight at once.',
    }),
    MaxTransientsSize: bytes(0, {
      applies: 'live',
      description: 'Space that transients may take. Those not used for longest go first. 0: no limit.',
    }),
    TransientsHighWatermark: count(90, {
      applies: 'live',
      min: 1,
      max: 100,
      description:
        'With a limit for transients: once they take so many percent of it, the periodic collection deletes those not used for longest.',
    }),
    TransientsLowWatermark: count(70, {
      applies: 'live',
      min: 1,
      max: 100,
      description: 'Down to how many percent of the limit they are deleted then; not above the high watermark.',
    }),
    MaxIdleOpenShards: count(64, {
      applies: 'live',
      max: 10_000,
      description: 'Shards that nobody reads at the moment but are kept open for the next reader.',
    }),
    QuietHours: texts(
      {
        applies: 'live',
        description:
          'Times of day (local) at which work over many shards waits: initialize-all, healing after a start, periodic collections. Such as 08:00-18:00 or 22:30-06:00. What is asked for by key goes on.',
      },
      (span) => void QuietHours.parse([span]),
    ),
    MaxRecoverAttempts: count(1, {
      applies: 'live',
      description: 'How often a shard that fails is recovered by itself before it is left to you.',
    }),
    RecoverOnStart: text(
      'RecoverOnAcquire',
      {
        applies: 'restart',
        description: 'What a start does with failed shards: DoNotRecover, RecoverOnAcquire (once each) or RecoverNow.',
      },
      oneOf('DoNotRecover', 'RecoverOnAcquire', 'RecoverNow'),
    ),
    GoInvertedIndex: text(
      'where-present',
      {
        applies: 'restart',
        description:
          'Whether to write the inverted index also as Lotus and Boost read it: where-present (in a folder that has it), always or never.',
      },
      oneOf('where-present', 'always', 'never'),
    ),
    GCInterval: duration(60_000, {
      applies: 'live',
      description: 'How often transients that nothing reads are collected. 0s: never by itself.',
    }),
  },
  Pieces: {
    LotusStoragePaths: texts({
      applies: 'live',
      description:
        'Lotus installations whose unsealed sectors are read in place: a lotus-miner repository, whose storage.json lists its storage paths, or a storage path itself. Nothing is written there.',
    }),
    HttpServers: serverAddresses({
      applies: 'live',
      description:
        'Piece servers that are asked for pieces this machine does not have, in this order: Curio, booster-http, or another Carport. Each serves /piece/<piece CID>.',
    }),
  },
  HttpMounts: {
    Hosts: texts({
      applies: 'live',
      description:
        'Web servers that shards may be mounted from (register-shard --url https://…): host, host:port or *.domain. Whoever may register shards makes this machine ask them, also where only this machine gets. Empty: any, except link-local addresses, redirects into private networks, and names that lead there. A name that leads into a private network must be in the list itself; *.domain is not enough.',
    }),
    MaxSize: bytes(64 * 1024 ** 3, {
      applies: 'live',
      description: 'Largest file on a web server that is taken as a shard. 0: any size.',
    }),
    Copy: flag(false, {
      applies: 'live',
      description:
        'Copy such files to a transient, instead of reading them where they are. Those of servers without byte ranges are copied in any case.',
    }),
    Timeout: duration(30_000, {
      applies: 'live',
      min: 100,
      description: 'How long a web server may send nothing before a request counts as failed.',
    }),
    MaxAttempts: count(4, {
      applies: 'live',
      min: 1,
      max: 20,
      description: 'Tries for every request, with growing pauses in between.',
    }),
  },
  Log: {
    Level: text(
      'info',
      { applies: 'live', description: 'What is written to logs/ and stderr: debug, info, warn or error and above.' },
      (value) => {
        if (!LOG_LEVELS.includes(value))
          throw new EngineError('INVALID_CONFIG', `must be one of ${LOG_LEVELS.join(', ')}`)
      },
    ),
  },
} satisfies Record<
  string,
  Record<string, Setting<never> | Setting<string> | Setting<number> | Setting<boolean> | Setting<string[]>>
>

type Schema = typeof SETTINGS

/** The settings as the engine uses them: `config.DAGStore.MaxConcurrentIndex`. */
export type ConfigValues = {
  [Section in keyof Schema]: {
    [Key in keyof Schema[Section]]: Schema[Section][Key] extends Setting<infer Value> ? Value : never
  }
}

function oneOf(...choices: string[]): (value: string) => void {
  return (value) => {
    if (!choices.includes(value)) throw new EngineError('INVALID_CONFIG', `must be one of ${choices.join(', ')}`)
  }
}
