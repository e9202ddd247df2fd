import type { Verbs } from '../verbs.ts'
import { dealText } from './deal-text.ts'

export const getDeal = (verbs: Verbs) =>
  verbs
    .verb('get-deal', 'one deal, with its timeline')
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, dealId: string) => {
        const deal = await (await run.client()).deals.get({ dealId })
        await run.output.result(
          deal,
          () => dealText(deal, run.output),
          () => deal.state,
        )
      }),
    )
