import { EngineError, QuietHours } from '../base/index.ts'
import {
  type DagstoreConfig,
  GO_INVERTED_INDEX,
  type GoInvertedIndex,
  RECOVER_ON_START,
  type RecoverOnStart,
} from './dagstore-ports.ts'

/** The settings, checked, with their defaults. */
export interface DagstoreSettings extends Required<DagstoreConfig> {
  RecoverOnStart: RecoverOnStart
  GoInvertedIndex: GoInvertedIndex
}

const DEFAULTS: DagstoreSettings = {
  MaxConcurrentIndex: 5,
  MaxConcurrentReadyFetches: 0,
  GCInterval: 60_000,
  MaxTransientsSize: 0,
  TransientsHighWatermark: 90,
  TransientsLowWatermark: 70,
  MaxRecoverAttempts: 1,
  RecoverOnStart: 'RecoverOnAcquire',
  GoInvertedIndex: 'where-present',
  MaxIdleOpenShards: 64,
  QuietHours: [],
}

const COUNTS = [
  'MaxConcurrentIndex',
  'MaxConcurrentReadyFetches',
  'GCInterval',
  'MaxTransientsSize',
  'MaxRecoverAttempts',
  'MaxIdleOpenShards',
] as const

const PERCENTAGES = ['TransientsHighWatermark', 'TransientsLowWatermark'] as const

/** INVALID_CONFIG says which key is wrong, and why. */
export function settingsFrom(config: DagstoreConfig, before: DagstoreSettings = DEFAULTS): DagstoreSettings {
  const settings: DagstoreSettings = {
    MaxConcurrentIndex: config.MaxConcurrentIndex ?? before.MaxConcurrentIndex,
    MaxConcurrentReadyFetches: config.MaxConcurrentReadyFetches ?? before.MaxConcurrentReadyFetches,
    GCInterval: config.GCInterval ?? before.GCInterval,
    MaxTransientsSize: config.MaxTransientsSize ?? before.MaxTransientsSize,
    TransientsHighWatermark: config.TransientsHighWatermark ?? before.TransientsHighWatermark,
    TransientsLowWatermark: config.TransientsLowWatermark ?? before.TransientsLowWatermark,
    MaxRecoverAttempts: config.MaxRecoverAttempts ?? before.MaxRecoverAttempts,
    RecoverOnStart: oneOf('RecoverOnStart', RECOVER_ON_START, config.RecoverOnStart ?? before.RecoverOnStart),
    GoInvertedIndex: oneOf('GoInvertedIndex', GO_INVERTED_INDEX, config.GoInvertedIndex ?? before.GoInvertedIndex),
    MaxIdleOpenShards: config.MaxIdleOpenShards ?? before.MaxIdleOpenShards,
    QuietHours: config.QuietHours ?? before.QuietHours,
  }
  for (const name of COUNTS)
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 0)
      throw new EngineError('INVALID_CONFIG', `DAGStore.${name} must be a whole number and not negative.`)
  for (const name of PERCENTAGES)
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1 || settings[name] > 100)
      throw new EngineError('INVALID_CONFIG', `DAGStore.${name} must be a whole number of percent, 1 to 100.`)
  QuietHours.parse(settings.QuietHours)
  return settings
}

function oneOf<Choice extends string>(name: string, choices: readonly Choice[], given: string): Choice {
  const choice = choices.find((each) => each === given)
  if (choice !== undefined) return choice
  throw new EngineError('INVALID_CONFIG', `DAGStore.${name} must be one of ${choices.join(', ')}, not "${given}".`)
}
