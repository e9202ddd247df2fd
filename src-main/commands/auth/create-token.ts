import type { Verbs } from '../verbs.ts'
import { newToken, permOption, type TokenOptions } from './new-token.ts'

export const createToken = (verbs: Verbs) =>
  verbs
    .verb('create-token', 'print a new token')
    .addOption(permOption())
    .action(
      verbs.run(async (run, options: TokenOptions) => {
        const token = await newToken(run.dataDir, options)
        await run.output.result({ token }, () => token)
      }),
    )
