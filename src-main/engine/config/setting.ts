import { EngineError } from '../base/index.ts'

/** One key of config.toml: its type, default, and what it does. */
export interface Setting<Value extends SettingValue = SettingValue> {
  type: 'string' | 'integer' | 'boolean' | 'duration' | 'bytes' | 'strings'
  /** As the engine uses it: durations in milliseconds, sizes in bytes. */
  default: Value
  applies: 'live' | 'restart'
  description: string
  /** Throws INVALID_CONFIG with the reason. Gets the value as the engine uses it. */
  check?: (value: Value) => void
}

export type SettingValue = string | number | boolean | string[]

type About = Pick<Setting, 'applies' | 'description'>

export const text = (value: string, about: About, check?: (value: string) => void): Setting<string> => ({
  type: 'string',
  default: value,
  ...about,
  check,
})

/** Written as an array of texts; from the environment and the command line also as texts with commas in between. */
export const texts = (about: About, checkEach: (value: string) => void = () => {}): Setting<string[]> => ({
  type: 'strings',
  default: [],
  ...about,
  check: (value) => value.forEach(checkEach),
})

/** As `texts`, where each is the address of an HTTP server. */
export const serverAddresses = (about: About): Setting<string[]> =>
  texts(about, (address) => {
    if (!/^https?:/i.test(address) || !URL.canParse(address))
      throw invalid(`must be addresses such as https://provider.example, not "${address}"`)
  })

export const flag = (value: boolean, about: About): Setting<boolean> => ({ type: 'boolean', default: value, ...about })

export const count = (value: number, about: About & { min?: number; max?: number }): Setting<number> => ({
  type: 'integer',
  default: value,
  applies: about.applies,
  description: about.description,
  check: (given) => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = about
    if (!Number.isSafeInteger(given) || given < min || given > max)
      throw invalid(`must be a whole number from ${min} to ${max}`)
  },
})

/** Written as Go writes durations: `1m30s`, `500ms`. Milliseconds in the engine. */
export const duration = (valueMs: number, { min = 0, ...about }: About & { min?: number }): Setting<number> => ({
  type: 'duration',
  default: valueMs,
  ...about,
  check: (given) => {
    if (given < min) throw invalid(`must not be shorter than ${formatDurationText(min)}`)
  },
})

/** Written as `64GiB` or a plain number of bytes. */
export const bytes = (value: number, about: About): Setting<number> => ({ type: 'bytes', default: value, ...about })

/** `host:port`; a port of 0 takes any free one. */
export const listenAddress = (value: string, about: About): Setting<string> =>
  text(value, about, (given) => {
    parseListenAddress(given)
  })

export function parseListenAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65535) throw invalid(`must be HOST:PORT, for example 127.0.0.1:0, not "${address}"`)
  return { host, port }
}

/** The engine's value from what config.toml, an environment variable or a person wrote. */
export function parseSetting(setting: Setting, written: unknown): SettingValue {
  const value = convert(setting, written)
  setting.check?.(value)
  return value
}

/** The value as it is written in config.toml and shown to people. */
export function formatSetting(setting: Setting, value: SettingValue): SettingValue {
  if (setting.type === 'duration') return formatDurationText(Number(value))
  if (setting.type === 'bytes') return formatBytesText(Number(value))
  return value
}

function convert(setting: Setting, written: unknown): SettingValue {
  switch (setting.type) {
    case 'string':
      if (typeof written === 'string') return written
      throw invalid('must be text')
    case 'boolean':
      if (typeof written === 'boolean') return written
      if (written === 'true' || written === '1') return true
      if (written === 'false' || written === '0') return false
      throw invalid('must be true or false')
    case 'integer':
      if (typeof written === 'number' || typeof written === 'bigint') return Number(written)
      if (typeof written === 'string' && /^-?\d+$/.test(written.trim())) return Number(written)
      throw invalid('must be a whole number')
    case 'duration':
      return parseDurationText(String(written))
    case 'bytes':
      return parseBytesText(String(written))
    case 'strings':
      if (Array.isArray(written) && written.every((item) => typeof item === 'string')) return written
      if (typeof written === 'string') return parseTexts(written)
      throw invalid('must be a list of texts')
  }
}

/** `one,two`, or `["one", "two, with a comma"]`. */
function parseTexts(written: string): string[] {
  if (written.trim().startsWith('[')) {
    const list = parseJson(written)
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
    throw invalid('must be a list of texts')
  }
  return written
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function parseJson(written: string): unknown {
  try {
    return JSON.parse(written)
  } catch {
    return null
  }
}

const DURATION_UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

function parseDurationText(written: string): number {
  const parts = [...written.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/gy)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== written.trim())
    throw invalid(`must be a duration such as 90s, 5m or 1h30m, not "${written}"`)
  return parts.reduce((sum, part) => sum + Number(part[1]) * (DURATION_UNITS_MS[part[2] ?? ''] ?? 0), 0)
}

function formatDurationText(ms: number): string {
  if (ms === 0) return '0s'
  let rest = ms
  let text = ''
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const amount = Math.floor(rest / size)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * size
  }
  return text
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

function parseBytesText(written: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|TiB)?$/.exec(written.trim())
  if (match === null) throw invalid(`must be a size such as 64GiB or 1048576, not "${written}"`)
  const unit = BYTE_UNITS.indexOf((match[2] ?? 'B') as (typeof BYTE_UNITS)[number])
  return Math.round(Number(match[1]) * 1024 ** unit)
}

function formatBytesText(value: number): string {
  let unit = 0
  let amount = value
  while (unit < BYTE_UNITS.length - 1 && amount >= 1024 && amount % 1024 === 0) {
    amount /= 1024
    unit++
  }
  return unit === 0 ? String(amount) : `${amount}${BYTE_UNITS[unit]}`
}

function invalid(reason: string): EngineError {
  return new EngineError('INVALID_CONFIG', reason)
}
