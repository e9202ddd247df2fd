import type { MigrationReport, MigrationRunEvent } from '../../../src-shared/contract/index.ts'
import { CommandError } from '../failure.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { unreadableText } from './plan-text.ts'
import { addSourceOptions, gather, type SourceOptions, sourcesOf } from './sources.ts'

export const run = (verbs: Verbs) =>
  addSourceOptions(
    verbs.verb('run', 'register a shard for every eligible deal, and take over good imports; can be run again'),
  ).action(
    verbs.run(async (verbRun, options: SourceOptions) => {
      const { migration } = await verbRun.client()
      const events = await migration.run(sourcesOf(verbRun, options), { signal: verbRun.signal })
      const { done, deals, shards, imports } = await gather(verbRun, events, (event) => sayFailure(verbRun, event))
      const { report, summary, warnings, storagePaths } = done
      if (verbRun.output.json !== 'lines')
        await verbRun.output.result({ summary, deals, shards, imports, warnings, storagePaths, ...report }, () =>
          reportText(report),
        )
      if (verbRun.output.json === 'off') for (const warning of warnings) verbRun.progress.say(warning)
      const failed = report.failed.length + report.importsFailed.length
      if (failed > 0)
        throw new CommandError('SHARD_ERRORED', `${failed} could not be migrated. Mend the causes and run it again.`, {
          details: { failed: [...report.failed, ...report.importsFailed] },
        })
    }),
  )

function sayFailure({ output, progress }: VerbRun, event: MigrationRunEvent): void {
  if (output.json !== 'off' || output.quiet) return
  if (event.type === 'shard' && event.outcome === 'failed') progress.say(`${event.key} ERROR ${event.error ?? ''}`)
  if (event.type === 'import' && event.outcome === 'failed') progress.say(`${event.id} ERROR ${event.error ?? ''}`)
}

function reportText({ registered, unreadable, present, failed, imported, importsFailed }: MigrationReport): string[] {
  return [
    `${registered.length} shards registered${unreadableText(unreadable.length)}, ${present} present before, ${failed.length} failed`,
    ...(imported.length + importsFailed.length === 0
      ? []
      : [`${imported.length} imports taken over, ${importsFailed.length} failed`]),
  ]
}
