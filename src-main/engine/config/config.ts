import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import type { SettingView } from '../../../src-shared/contract/index.ts'
import { EngineError, EventStream, isErrnoException, writeFileAtomic } from '../base/index.ts'
import { defaultConfigText, editConfigText } from './config-text.ts'
import { formatSetting, parseSetting, type Setting, type SettingValue } from './setting.ts'
import { type ConfigValues, SETTINGS } from './settings-schema.ts'

type Source = SettingView['source']

/**
 * config.toml over the defaults, the environment (CARPORT_<SECTION>_<KEY>) over both. Values of keys that apply live
 * are replaced in `values` when they are set; `changes` tells which.
 */
export class Config {
  readonly path: string
  /** The keys that were set, as `Section.Key`. */
  readonly changes = new EventStream<string>()
  readonly values: ConfigValues
  readonly #sources = new Map<string, Source>()
  /** What config.toml says and what a restart will use, where that differs from `values`. */
  readonly #pending = new Map<string, SettingValue>()
  readonly #environment: NodeJS.ProcessEnv
  #text: string

  private constructor(path: string, text: string, environment: NodeJS.ProcessEnv) {
    this.path = path
    this.#text = text
    this.#environment = environment
    this.values = this.#read(parseToml(path, text))
  }

  /** Reads `<dataDir>/config.toml`; where there is none, writes one with every key commented out at its default. */
  static async load(dataDir: string, environment: NodeJS.ProcessEnv = {}): Promise<Config> {
    const path = join(dataDir, 'config.toml')
    let content: string
    try {
      content = await readFile(path, 'utf8')
    } catch (error) {
      if (!isErrnoException(error) || error.code !== 'ENOENT') throw EngineError.from(error)
      content = defaultConfigText()
      await writeFileAtomic(path, content)
    }
    return new Config(path, content, environment)
  }

  show(): SettingView[] {
    return settingKeys().map((key) => this.get(key))
  }

  /** INVALID_ARGUMENT for a key that does not exist. */
  get(key: string): SettingView {
    const setting = settingOf(key)
    return {
      key,
      type: setting.type,
      value: formatSetting(setting, this.#pending.get(key) ?? this.#value(key)),
      default: formatSetting(setting, setting.default),
      source: this.#sources.get(key) ?? 'default',
      environment: environmentName(key),
      applies: setting.applies,
      description: setting.description,
    }
  }

  /** Writes one key to config.toml; a key that applies live takes effect at once. INVALID_CONFIG says what is wrong. */
  async set(key: string, written: string): Promise<SettingView> {
    const setting = settingOf(key)
    const value = parseAt(key, setting, written)
    this.#text = editConfigText(this.#text, key, formatSetting(setting, value))
    await writeFileAtomic(this.path, this.#text)
    if (this.#environment[environmentName(key)] !== undefined) return this.get(key)
    this.#sources.set(key, 'file')
    if (setting.applies === 'restart') {
      this.#pending.set(key, value)
    } else {
      this.#assign(this.values, key, value)
      this.changes.publish(key)
    }
    return this.get(key)
  }

  #read(file: Record<string, unknown>): ConfigValues {
    checkKeys(this.path, file)
    const values: Record<string, Record<string, SettingValue>> = {}
    for (const key of settingKeys()) {
      const setting = settingOf(key)
      const [section = '', name = ''] = key.split('.')
      const fromFile = (file[section] as Record<string, unknown> | undefined)?.[name]
      const fromEnvironment = this.#environment[environmentName(key)]
      const value =
        fromEnvironment !== undefined
          ? parseAt(environmentName(key), setting, fromEnvironment)
          : fromFile !== undefined
            ? parseAt(`${key} in ${this.path}`, setting, fromFile)
            : setting.default
      this.#sources.set(
        key,
        fromEnvironment !== undefined ? 'environment' : fromFile !== undefined ? 'file' : 'default',
      )
      values[section] = { ...values[section], [name]: value }
    }
    return values as unknown as ConfigValues
  }

  #value(key: string): SettingValue {
    const [section = '', name = ''] = key.split('.')
    return (this.values as unknown as Record<string, Record<string, SettingValue>>)[section]?.[name] ?? ''
  }

  #assign(values: ConfigValues, key: string, value: SettingValue): void {
    const [section = '', name = ''] = key.split('.')
    const group = (values as unknown as Record<string, Record<string, SettingValue>>)[section]
    if (group !== undefined) group[name] = value
  }
}

/** `DAGStore.GCInterval` -> `CARPORT_DAGSTORE_GCINTERVAL`. */
export function environmentName(key: string): string {
  return `CARPORT_${key.replace('.', '_').toUpperCase()}`
}

function settingKeys(): string[] {
  return Object.entries(SETTINGS).flatMap(([section, keys]) => Object.keys(keys).map((key) => `${section}.${key}`))
}

function settingOf(key: string): Setting {
  const [section = '', name = ''] = key.split('.')
  const setting = (SETTINGS as Record<string, Record<string, unknown>>)[section]?.[name] as Setting | undefined
  if (setting === undefined)
    throw new EngineError('INVALID_ARGUMENT', `There is no setting named ${key}. "carport config show" lists them all.`)
  return setting
}

function parseAt(where: string, setting: Setting, written: unknown): SettingValue {
  try {
    return parseSetting(setting, written)
  } catch (error) {
    if (!EngineError.is(error, 'INVALID_CONFIG')) throw error
    throw new EngineError('INVALID_CONFIG', `${where} ${error.message}.`)
  }
}

function parseToml(path: string, content: string): Record<string, unknown> {
  try {
    return parse(content)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new EngineError('INVALID_CONFIG', `${path} is not valid TOML: ${reason}`, { cause })
  }
}

function checkKeys(path: string, file: Record<string, unknown>): void {
  const known = new Set(settingKeys())
  for (const [section, keys] of Object.entries(file)) {
    const names = typeof keys === 'object' && keys !== null ? Object.keys(keys) : ['']
    const unknown = names.map((name) => `${section}.${name}`).find((key) => !known.has(key))
    if (unknown !== undefined)
      throw new EngineError(
        'INVALID_CONFIG',
        `${path} has an unknown key, ${unknown.replace(/\.$/, '')}. Remove it or mend its spelling.`,
      )
  }
}
