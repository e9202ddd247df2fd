import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'
import { ageText, sizeText } from '../view-text.ts'

export const listRetrievals = (verbs: Verbs) =>
  verbs.verb('list-retrievals', 'list retrievals').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).retrievals.list()
      await run.output.rows(
        rows,
        [
          { title: 'DEAL', text: (row) => row.dealId },
          { title: 'STATE', text: (row) => styleState(run.output.style, row.state) },
          { title: 'RECEIVED', text: (row) => sizeText(row.receivedBytes), align: 'right' },
          { title: 'FROM', text: (row) => row.provider },
          { title: 'AGE', text: (row) => ageText(row.createdAt), align: 'right' },
          { title: 'ROOT', text: (row) => row.root, shrinks: true },
          { title: 'WRITTEN TO', text: (row) => row.path ?? '–', shrinks: true },
        ],
        { empty: 'No retrievals yet. Make one with: carport client retrieve ROOT OUT', brief: (row) => row.dealId },
      )
    }),
  )
