import type { Verbs } from '../verbs.ts'

export const cancelRetrieval = (verbs: Verbs) =>
  verbs
    .verb('cancel-retrieval', 'stop a retrieval; the blocks that are there are kept')
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, dealId: string) => {
        const view = await (await run.client()).retrievals.cancel({ dealId })
        await run.output.result(view, () => `${view.dealId} ${view.state}`)
      }),
    )
