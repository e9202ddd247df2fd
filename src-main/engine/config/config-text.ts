import { parse, stringify } from 'smol-toml'
import { formatSetting, type Setting, type SettingValue } from './setting.ts'
import { SETTINGS } from './settings-schema.ts'

/** config.toml as text: written once with everything commented out, then edited line by line so that comments stay. */

export function defaultConfigText(): string {
  const lines = ['# Settings of Carport. A line without # in front overrides the default shown.', '']
  for (const [section, settings] of Object.entries(SETTINGS)) {
    lines.push(`[${section}]`)
    for (const [name, setting] of Object.entries(settings) as Array<[string, Setting]>) {
      lines.push(`# ${setting.description}`, `# ${assignment(name, formatSetting(setting, setting.default))}`, '')
    }
  }
  return lines.join('\n')
}

/** `text` with `Section.Key` set to a value as it is written in the file. */
export function editConfigText(text: string, key: string, value: SettingValue): string {
  const [section = '', name = ''] = key.split('.')
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim() === `[${section}]`)
  if (start < 0) return `${text.trimEnd()}\n\n[${section}]\n${assignment(name, value)}\n`
  const next = lines.findIndex((line, at) => at > start && /^\s*\[/.test(line))
  const end = next < 0 ? lines.length : next
  const active = findLine(lines, start, end, new RegExp(`^\\s*${name}\\s*=`))
  const commented = findLine(lines, start, end, new RegExp(`^\\s*#\\s*${name}\\s*=`))
  const edited = [...lines]
  if (active >= 0) edited[active] = assignment(name, value)
  else if (commented >= 0) edited[commented] = assignment(name, value)
  else edited.splice(start + 1, 0, assignment(name, value))
  return isParsable(edited.join('\n')) ? edited.join('\n') : rewritten(text, section, name, value)
}

function findLine(lines: string[], start: number, end: number, pattern: RegExp): number {
  const at = lines.slice(start, end).findIndex((line) => pattern.test(line))
  return at < 0 ? -1 : start + at
}

/** For a value that spans lines, which an edit of one line would break: the whole file anew, without its comments. */
function rewritten(text: string, section: string, name: string, value: SettingValue): string {
  const table = parse(text) as Record<string, Record<string, unknown>>
  table[section] = { ...table[section], [name]: value }
  return stringify(table)
}

function isParsable(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function assignment(name: string, value: SettingValue): string {
  return stringify({ [name]: value }).trim()
}
