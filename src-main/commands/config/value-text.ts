import type { SettingView } from '../../../src-shared/contract/index.ts'

/** A setting's value as it may be given to `config set`. */
export function valueText(value: SettingView['value']): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}
