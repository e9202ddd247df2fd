import { Option } from 'commander'
import { parseNodePath } from '../node-path.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'
import { lastResult } from '../work-events.ts'

interface Options {
  car?: boolean
  carV2?: boolean
  force?: boolean
}

export const exportDag = (verbs: Verbs) =>
  verbs
    .verb('export', 'write what an import or a retrieval holds to a file, a folder or a CAR')
    .argument('<root>', 'ROOT, or ROOT/PATH for a part of it')
    .argument('<out>')
    .addOption(new Option('--car', 'write a CARv1 instead of files').conflicts('carV2'))
    .option('--car-v2', 'write a CARv2 with an index instead of files')
    .option('--force', 'overwrite what is there')
    .addHelpText(
      'after',
      '\nExamples:\n  carport client export bafybei… film.mp4\n  carport client export bafybei…/2024/may.jpg may.jpg\n  carport client export --car bafybei… film.car',
    )
    .action(
      verbs.run(async (run, { car, carV2, force }: Options, given: string, out: string) => {
        const { dags } = await run.client()
        const format = carV2 === true ? 'car-v2' : car === true ? 'car' : 'files'
        const to = { outPath: run.path(out), format, overwrite: force === true } as const
        const events = await dags.export({ ...parseNodePath(given), ...to }, { signal: run.signal })
        const written = await lastResult(run, events)
        await run.output.result(
          written,
          () => `Wrote ${sizeText(written.sizeBytes)} to ${written.path}`,
          () => written.path,
        )
      }),
    )
