import type { SettingView } from '../../../src-shared/contract/index.ts'

/** A value as it is typed in config.toml or an environment variable. */
export function valueText(value: SettingView['value']): string {
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/** `MaxConcurrentReadyFetches` -> `Max concurrent ready fetches`; abbreviations stay. */
export function titleOf(key: string): string {
  const name = key.slice(key.lastIndexOf('.') + 1)
  const words = name.replace(/([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])/g, '$1$3 $2$4').split(' ')
  return words
    .map((word, position) => (position === 0 || /^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ')
}

/** The section of config.toml. */
export function sectionOf(key: string): string {
  return key.includes('.') ? key.slice(0, key.indexOf('.')) : 'General'
}

/** Those that a place in the settings means: a key, or a section with all of its keys. */
export function settingsAt(place: string | null, settings: readonly SettingView[]): string[] {
  if (place === null) return []
  return settings.map(({ key }) => key).filter((key) => key === place || sectionOf(key) === place)
}

const SECTION_WORDS: Record<string, string> = {
  API: 'Reaching the engine',
  Client: 'Client',
  Provider: 'Provider',
  DAGStore: 'Dagstore',
  Transfers: 'Transfers',
  Pieces: 'Pieces',
  HttpMounts: 'Shards on web servers',
  Log: 'Log',
}

export function sectionTitle(section: string): string {
  return SECTION_WORDS[section] ?? section
}

/** Sections in the order in which the engine lists them. */
export function bySection(settings: readonly SettingView[]): [section: string, settings: SettingView[]][] {
  const sections = new Map<string, SettingView[]>()
  for (const setting of settings) {
    const section = sectionOf(setting.key)
    const known = sections.get(section)
    if (known === undefined) sections.set(section, [setting])
    else known.push(setting)
  }
  return [...sections]
}
