import { EngineError } from '../base/index.ts'
import type { DagstoreConfig } from './dagstore-ports.ts'

/** The settings with their defaults. */
export type DagstoreSettings = Required<DagstoreConfig>

const DEFAULTS: DagstoreSettings = {
  MaxConcurrentIndex: 5,
  MaxConcurrentReadyFetches: 0,
  GCInterval: 60_000,
  MaxTransientsSize: 0,
  TransientsHighWatermark: 0.9,
  TransientsLowWatermark: 0.7,
  MaxRecoverAttempts: 1,
  RecoverOnStart: 'RecoverOnAcquire',
  GoInvertedIndex: 'where-present',
  MaxIdleOpenShards: 64,
}

const COUNTS = [
  'MaxConcurrentIndex',
  'MaxConcurrentReadyFetches',
  'GCInterval',
  'MaxTransientsSize',
  'MaxRecoverAttempts',
  'MaxIdleOpenShards',
] as const

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
    RecoverOnStart: config.RecoverOnStart ?? before.RecoverOnStart,
    GoInvertedIndex: config.GoInvertedIndex ?? before.GoInvertedIndex,
    MaxIdleOpenShards: config.MaxIdleOpenShards ?? before.MaxIdleOpenShards,
  }
  for (const name of COUNTS)
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 0)
      throw new EngineError('INVALID_CONFIG', `DAGStore.${name} must be a whole number and not negative.`)
  const { TransientsHighWatermark: high, TransientsLowWatermark: low } = settings
  if (!(low > 0 && low < high && high <= 1))
    throw new EngineError(
      'INVALID_CONFIG',
      'DAGStore.TransientsLowWatermark must be above 0 and below TransientsHighWatermark, which must not be above 1.',
    )
  return settings
}
