import { follow } from '../follow.ts'
import type { Verbs } from '../verbs.ts'
import { dealText } from './deal-text.ts'

interface Options {
  provider?: string
  wait: boolean
}

export const deal = (verbs: Verbs) =>
  verbs
    .verb('deal', 'propose a storage deal for an import, and wait until it is active')
    .argument('<root>')
    .option('--provider <url>', "base URL of the provider (default: Carport's own provider role)")
    .option('--no-wait', 'return once the deal is proposed')
    .action(
      verbs.run(async (run, { provider, wait }: Options, root: string) => {
        const { client, remote } = await run.connection()
        const { deals } = client
        const proposed = await deals.propose({ root, provider: provider ?? null })
        const { dealId } = proposed
        const result = !wait
          ? proposed
          : await follow(run, {
              watch: (call) => deals.watch(undefined, call),
              isIt: (row) => row.dealId === dealId && row.role === 'client',
              progressOf: (row) => row.progress,
              wait: (call) => deals.wait({ dealId }, call),
              cancel: async () => {
                if (remote)
                  run.progress.say(`The deal goes on in the running engine: carport client get-deal ${dealId}`)
              },
            })
        await run.output.result(
          result,
          () => dealText(result, run.output),
          () => dealId,
        )
      }),
    )
