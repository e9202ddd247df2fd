import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { withFileTools } from '../file-work.ts'
import { profileOption } from '../profile-option.ts'
import type { Verbs } from '../verbs.ts'
import { sizeText } from '../view-text.ts'

interface Options {
  profile: UnixfsProfile
  force?: boolean
}

export const generateCar = (verbs: Verbs) =>
  verbs
    .verb('generate-car', 'write the CARv1 that a deal on a file or folder transfers, without importing it')
    .argument('<path>')
    .argument('<out>')
    .addOption(profileOption())
    .option('--force', 'overwrite what is there')
    .addHelpText(
      'after',
      '\nExample, byte for byte what Lotus generates:\n  carport client generate-car --profile lotus film.mp4 film.car',
    )
    .action(
      verbs.run(async (run, { profile, force }: Options, path: string, out: string) => {
        const { root, ...written } = await withFileTools(run, (tools, options) =>
          tools.generateCar(run.path(path), run.path(out), { ...options, profile, overwrite: force === true }),
        )
        await run.output.result(
          { root: root.toString(), ...written, profile },
          () => `${root}  ${written.path}  ${sizeText(written.carSize)}`,
          () => root.toString(),
        )
      }),
    )
