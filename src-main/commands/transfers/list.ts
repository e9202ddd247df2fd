import { formatDuration, formatRate } from '../../../src-shared/format/index.ts'
import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const listTransfers = (verbs: Verbs) =>
  verbs.verb('list', 'list transfers').action(
    verbs.run(async (run) => {
      const rows = await (await run.client()).transfers.list()
      await run.output.rows(
        rows,
        [
          { title: 'ID', text: (row) => row.id },
          { title: '', text: (row) => (row.direction === 'in' ? '↓' : '↑') },
          { title: 'KIND', text: (row) => row.kind },
          { title: 'STATE', text: (row) => styleState(run.output.style, row.state) },
          { title: 'DONE', text: (row) => sizeText(row.doneBytes), align: 'right' },
          { title: 'OF', text: (row) => sizeText(row.totalBytes), align: 'right' },
          { title: 'RATE', text: (row) => (row.rate > 0 ? formatRate(row.rate) : ''), align: 'right' },
          {
            title: 'LEFT',
            text: (row) => (row.etaSeconds === null ? '' : formatDuration(row.etaSeconds)),
            align: 'right',
          },
          { title: 'WHAT', text: (row) => row.what, shrinks: true },
          { title: 'MESSAGE', text: (row) => row.message, shrinks: true },
        ],
        { empty: 'No transfers.', brief: (row) => row.id },
      )
    }),
  )
