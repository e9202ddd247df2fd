import { Option } from 'commander'
import type { ImportKind, ImportView, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { usageError } from '../failure.ts'
import { follow } from '../follow.ts'
import { profileOption } from '../profile-option.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'

interface Options {
  car?: boolean
  selfContained?: boolean
  profile: UnixfsProfile
}

export const importPaths = (verbs: Verbs) =>
  verbs
    .verb('import', 'import files, folders or CARs; returns when they are on disk')
    .argument('<path...>')
    .addOption(
      new Option('--car', 'the paths are CAR files, taken as they are and where they are').conflicts('selfContained'),
    )
    .option('--self-contained', "keep a copy of the content in Carport's own CAR")
    .addOption(profileOption())
    .action(
      verbs.run(async (run, options: Options, paths: string[]) => {
        if (paths.some((path) => path === '')) throw usageError('A path is empty.')
        const views = await run.each(
          paths,
          (path) => path,
          (path) => importPath(run, path, options),
        )
        await run.output.result(
          paths.length === 1 ? views[0] : views,
          () => views.map((view) => `${view.root}  ${view.source}  ${formatBytes(view.sizeBytes)}`),
          () => views.map((view) => view.root ?? ''),
        )
      }),
    )

async function importPath(run: VerbRun, path: string, options: Options): Promise<ImportView> {
  const { imports } = await run.client()
  const started = await imports.start({ path: run.path(path), kind: kindOf(options), profile: options.profile })
  const { id } = started
  return follow(run, {
    watch: (call) => imports.watch(undefined, call),
    isIt: (row) => row.id === id,
    progressOf: (row) => row.progress,
    wait: (call) => imports.wait({ id }, call),
    cancel: () => imports.cancel({ id }),
  })
}

function kindOf({ car, selfContained }: Options): ImportKind {
  if (car === true) return 'car'
  return selfContained === true ? 'self-contained' : 'linked'
}
