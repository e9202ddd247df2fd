import type { SettingView } from '../../../src-shared/contract/index.ts'

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
