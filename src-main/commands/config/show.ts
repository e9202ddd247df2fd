import type { Verbs } from '../verbs.ts'
import { valueText } from './value-text.ts'

export const showConfig = (verbs: Verbs) =>
  verbs.verb('show', 'every setting, its value, and where the value comes from').action(
    verbs.run(async (run) => {
      const { path, settings } = await (await run.client()).settings.show()
      if (run.output.json === 'value') return run.output.result({ path, settings }, () => [])
      await run.output.rows(
        settings,
        [
          { title: 'KEY', text: (row) => row.key },
          { title: 'VALUE', text: (row) => valueText(row.value) },
          { title: 'FROM', text: (row) => (row.source === 'environment' ? row.environment : row.source) },
          { title: 'DEFAULT', text: (row) => valueText(row.default) },
          { title: 'WHAT IT DOES', text: (row) => row.description, shrinks: true },
        ],
        { empty: 'No settings.', brief: (row) => `${row.key}=${valueText(row.value)}` },
      )
    }),
  )
