import { CommandError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

export const gc = (verbs: Verbs) =>
  verbs
    .verb('gc', 'delete transients that nothing reads; they are fetched again when needed')
    .option('--dry-run', 'only tell what would be freed')
    .action(
      verbs.run(async (run, { dryRun }: { dryRun?: boolean }) => {
        const report = await (await run.client()).shards.gc({ dryRun: dryRun === true })
        await run.output.result(report, () =>
          report.shards.length === 0
            ? 'no shards collected'
            : [
                ...report.shards.map(({ key, error }) => `${key} ${error === null ? 'SUCCESS' : `ERROR ${error}`}`),
                `${dryRun === true ? 'would free' : 'freed'} ${sizeText(report.freedBytes)}`,
              ],
        )
        const failed = report.shards.filter(({ error }) => error !== null).length
        if (failed > 0) throw new CommandError('IO_ERROR', `${failed} transients could not be deleted.`)
      }),
    )
