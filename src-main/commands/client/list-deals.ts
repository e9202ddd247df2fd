import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'
import { ageText, sizeText } from '../view-text.ts'

export const listDeals = (verbs: Verbs) =>
  verbs.verb('list-deals', 'list storage deals, of both roles').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).deals.list()
      await run.output.rows(
        rows,
        [
          { title: 'DEAL', text: (row) => row.dealId },
          { title: 'ROLE', text: (row) => row.role },
          { title: 'STATE', text: (row) => styleState(run.output.style, row.state) },
          { title: 'SIZE', text: (row) => sizeText(row.pieceSize), align: 'right' },
          { title: 'AGE', text: (row) => ageText(row.createdAt), align: 'right' },
          { title: 'ROOT', text: (row) => row.root, shrinks: true },
          { title: 'MESSAGE', text: (row) => row.message, shrinks: true },
        ],
        { empty: 'No deals yet. Make one with: carport client deal ROOT', brief: (row) => row.dealId },
      )
    }),
  )
