import { withFileTools } from '../file-work.ts'
import type { Verbs } from '../verbs.ts'

export const repair = (verbs: Verbs) =>
  verbs
    .verb('repair', 'write a whole CAR with what is good in a damaged one; the original is not touched')
    .argument('<car>')
    .argument('<out>')
    .action(
      verbs.run(async (run, _options: object, car: string, out: string) => {
        const paths = { path: run.path(car), outPath: run.path(out) }
        const repaired = await withFileTools(run, (tools, { signal }) => tools.inspect.repair(paths, signal))
        const done =
          repaired.actions.length === 0 ? 'Nothing had to be repaired' : `Done: ${repaired.actions.join(', ')}`
        await run.output.result(repaired, () => [`${done}. Written to ${repaired.outPath}`, repaired.verdict.verdict])
      }),
    )
