import { EXIT } from '../failure.ts'
import { styleState } from '../style.ts'
import type { Verbs } from '../verbs.ts'

interface Options {
  deep?: boolean
}

export const check = (verbs: Verbs) =>
  verbs
    .verb('check', 'look whether imports are still good; exit code 1 when one is broken')
    .argument('[id...]', 'imports to look at (default: all)')
    .option('--deep', 'read and hash every block')
    .action(
      verbs.run(async (run, { deep }: Options, ids: string[]) => {
        const { imports } = await run.client()
        const found = await imports.check({ ids, deep: deep === true }, { signal: run.signal })
        const { style } = run.output
        await run.output.result(found, () => [
          ...found.items
            .filter(({ health }) => health !== 'ok')
            .map(
              ({ id, health, source, problem }) => `${id}  ${styleState(style, health)}  ${problem?.message ?? source}`,
            ),
          `${found.checked} checked: ${found.ok} ok, ${found.attention} need attention, ${found.broken} broken`,
        ])
        if (found.broken > 0) run.exitCode = EXIT.failed
      }),
    )
