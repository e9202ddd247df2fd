import { join } from 'node:path'
import type { Verbs } from '../verbs.ts'

export const configPath = (verbs: Verbs) =>
  verbs.verb('path', 'where config.toml is').action(
    verbs.run(async (run) => {
      const path = join(run.dataDir, 'config.toml')
      await run.output.result({ path }, () => path)
    }),
  )
