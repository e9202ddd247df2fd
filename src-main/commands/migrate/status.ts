import type { Verbs } from '../verbs.ts'
import { ageText } from '../view-text.ts'
import { unreadableText } from './plan-text.ts'

export const status = (verbs: Verbs) =>
  verbs.verb('status', 'what was migrated').action(
    verbs.run(async (run) => {
      const view = await (await run.client()).migration.status()
      await run.output.result(view, () => [
        view.complete ? 'all deals of before are shards' : 'deals of before are not shards yet',
        ...view.records.map((record) =>
          [
            `${record.source}: ${record.state}, ${ageText(record.startedAt)} ago`,
            `${record.registered} registered${unreadableText(record.unreadable)}, ${record.present} present, ${record.failedCount} failed`,
            ...(record.imported > 0 ? [`${record.imported} imports`] : []),
            ...(record.error === null ? [] : [record.error]),
          ].join('; '),
        ),
      ])
    }),
  )
