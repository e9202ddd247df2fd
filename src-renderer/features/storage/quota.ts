import type { SettingView } from '../../../src-shared/contract/index.ts'

/** What transients may take, and the two marks between which they are kept. */
export interface Quota {
  /** 0: no limit. */
  maxBytes: number
  /** Percent of the limit at which those not used for longest begin to go. */
  high: number
  /** Percent of the limit down to which they go. */
  low: number
}

export const QUOTA_KEYS = {
  maxBytes: 'DAGStore.MaxTransientsSize',
  high: 'DAGStore.TransientsHighWatermark',
  low: 'DAGStore.TransientsLowWatermark',
} as const

export const GIB = 2 ** 30
/** The smallest limit: a sector of 512 MiB is the smallest piece that providers fetch. */
export const MIN_BYTES = GIB / 2
/** Watermarks are at least so many percent apart, or every fetch would begin a collection. */
export const MIN_GAP = 5

/** From the settings; the keys that the environment overrides cannot be changed here. */
export function quotaOf(settings: readonly SettingView[]): { quota: Quota; overridden: string[] } | null {
  const find = (key: string) => settings.find((setting) => setting.key === key)
  const [maxBytes, high, low] = [find(QUOTA_KEYS.maxBytes), find(QUOTA_KEYS.high), find(QUOTA_KEYS.low)]
  if (maxBytes === undefined || high === undefined || low === undefined) return null
  const overridden = [maxBytes, high, low].filter(({ source }) => source === 'environment')
  return {
    quota: { maxBytes: bytesOf(String(maxBytes.value)), high: Number(high.value), low: Number(low.value) },
    overridden: overridden.map(({ environment }) => environment),
  }
}

/** The settings to write, in an order in which the low mark never lies above the high one. */
export function changesOf(before: Quota, after: Quota): Array<{ key: string; value: string }> {
  const change = (name: keyof Quota) =>
    before[name] === after[name] ? [] : [{ key: QUOTA_KEYS[name], value: String(after[name]) }]
  const marks = after.high >= before.high ? [change('high'), change('low')] : [change('low'), change('high')]
  return [...marks.flat(), ...change('maxBytes')]
}

/** What is wrong with a quota, or null. `diskBytes`: what transients could take at all on their disk. */
export function problemOf({ maxBytes, high, low }: Quota, diskBytes: number): string | null {
  if (maxBytes === 0) return null
  if (!Number.isFinite(maxBytes) || maxBytes < MIN_BYTES) return 'A limit is at least 0.5 GiB.'
  if (maxBytes > diskBytes) return 'The disk of the transients does not have so much.'
  if (high > 100 || low < 1) return 'The marks are between 1 and 100 percent.'
  if (high - low < MIN_GAP) return `The low mark is at least ${MIN_GAP} percent below the high one.`
  return null
}

/** What would go at the next collection, which is periodic, with `usedBytes` taken now. */
export function excessBytes({ maxBytes, high, low }: Quota, usedBytes: number): number {
  if (maxBytes === 0 || usedBytes < (maxBytes * high) / 100) return 0
  return usedBytes - (maxBytes * low) / 100
}

/** The slider's positions are as far apart for small limits as for large ones. */
export function bytesAtPosition(position: number, diskBytes: number): number {
  const bytes = MIN_BYTES * (diskBytes / MIN_BYTES) ** (position / 1000)
  const step = bytes < 16 * GIB ? GIB / 2 : bytes < 256 * GIB ? GIB : bytes < 2048 * GIB ? 8 * GIB : 64 * GIB
  return Math.max(MIN_BYTES, Math.min(Math.floor(diskBytes / step) * step, Math.round(bytes / step) * step))
}

export function positionOf(bytes: number, diskBytes: number): number {
  if (bytes <= MIN_BYTES || diskBytes <= MIN_BYTES) return 0
  return Math.min(1000, Math.round((1000 * Math.log(bytes / MIN_BYTES)) / Math.log(diskBytes / MIN_BYTES)))
}

const UNITS: Record<string, number> = { B: 1, KIB: 2 ** 10, MIB: 2 ** 20, GIB, TIB: 2 ** 40, PIB: 2 ** 50 }

/** `64GiB`, `1.5 TiB` or a plain number; NaN for anything else. */
export function bytesOf(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGTP]?i?B)?\s*$/i.exec(text)
  const unit = (match?.[2] ?? 'B').toUpperCase()
  return Number(match?.[1]) * (UNITS[unit] ?? UNITS[unit.replace('B', 'IB')] ?? Number.NaN)
}
