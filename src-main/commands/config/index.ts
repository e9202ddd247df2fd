import type { Verbs } from '../verbs.ts'
import { getSetting } from './get.ts'
import { configPath } from './path.ts'
import { setSetting } from './set.ts'
import { showConfig } from './show.ts'

export const configVerbs = (verbs: Verbs) =>
  verbs.group('config', 'settings: config.toml, the environment, and their defaults', [
    showConfig,
    getSetting,
    setSetting,
    configPath,
  ])
