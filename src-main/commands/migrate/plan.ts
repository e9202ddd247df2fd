import type { Verbs } from '../verbs.ts'
import { planText } from './plan-text.ts'
import { addSourceOptions, gather, type SourceOptions, sourcesOf } from './sources.ts'

export const plan = (verbs: Verbs) =>
  addSourceOptions(verbs.verb('plan', 'tell what "migrate run" would do, and change nothing')).action(
    verbs.run(async (run, options: SourceOptions) => {
      const { migration } = await run.client()
      const told = await gather(run, await migration.plan(sourcesOf(run, options), { signal: run.signal }))
      if (run.output.json === 'lines') return
      const { summary, warnings, storagePaths } = told.done
      const { deals, shards, imports } = told
      await run.output.result({ summary, deals, shards, imports, warnings, storagePaths }, () =>
        planText(run.output, told),
      )
      if (run.output.json === 'off') for (const warning of warnings) run.progress.say(warning)
    }),
  )
