import type { ImportView } from '../../../src-shared/contract/index.ts'
import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'
import { ageText, sizeText } from '../view-text.ts'

export const local = (verbs: Verbs) =>
  verbs.verb('local', 'list imports, and whether they are still good').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).imports.list()
      const { style } = run.output
      const standing = (row: ImportView) => (row.state === 'ready' ? row.health : row.state)
      await run.output.rows(
        rows,
        [
          { title: 'ID', text: (row) => row.id },
          { title: 'ROOT', text: (row) => row.root ?? '–' },
          { title: 'SIZE', text: (row) => sizeText(row.sizeBytes), align: 'right' },
          { title: 'KIND', text: (row) => row.kind },
          { title: 'HEALTH', text: (row) => styleState(style, standing(row)) },
          { title: 'AGE', text: (row) => ageText(row.createdAt), align: 'right' },
          { title: 'SOURCE', text: (row) => row.source, shrinks: true },
        ],
        { empty: 'No imports yet. Make one with: carport client import PATH', brief: (row) => row.root ?? row.id },
      )
      if (run.output.json === 'off' && !run.output.quiet) {
        for (const row of rows) if (row.problem !== null) run.progress.say(`${row.id}: ${row.problem.message}`)
      }
    }),
  )
