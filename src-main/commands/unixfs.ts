import type { UnixfsProfile } from '../../src-shared/contract/index.ts'
import { withFileTools } from './file-work.ts'
import { profileOption } from './profile-option.ts'
import { formatFields } from './table.ts'
import type { Verbs } from './verbs.ts'
import { sizeText } from './view-text.ts'

export const unixfsVerbs = (verbs: Verbs) => verbs.group('unixfs', 'UnixFS DAGs of files and folders', [unixfsRoot])

const unixfsRoot = (verbs: Verbs) =>
  verbs
    .verb('root', 'root CID, block count and DAG size of a file or folder, without importing it')
    .argument('<path>')
    .addOption(profileOption())
    .action(
      verbs.run(async (run, { profile }: { profile: UnixfsProfile }, path: string) => {
        const found = await withFileTools(run, (tools, options) => tools.unixfsRoot(run.path(path), profile, options))
        await run.output.result(
          { ...found, profile },
          () =>
            formatFields(
              [
                ['Root', found.root],
                ['Profile', profile],
                ['Blocks', String(found.blockCount)],
                ['DAG', `${found.dagSize}  (${sizeText(found.dagSize)})`],
                ['Content', `${found.sizeBytes}  (${sizeText(found.sizeBytes)})`],
              ],
              run.output.style,
            ),
          () => found.root,
        )
      }),
    )
