import { type Engine, parseCid } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function dagsRouter({ dags }: Engine) {
  const topic = topics.dags
  return {
    commitment: topic.commitment.handler(({ input, signal }) =>
      withContractErrors(dags.commitmentEvents(parseCid(input.root), signal)),
    ),
    export: topic.export.handler(({ input, signal }) =>
      withContractErrors(dags.exportEvents(node(input), input, signal)),
    ),
    list: topic.list.handler(async ({ input, signal }) => {
      const { cid, entries, next } = await dags.list(node(input), input, signal)
      return {
        cid: cid.toString(),
        entries: entries.map((entry) => ({
          name: entry.name,
          cid: entry.cid.toString(),
          type: entry.type === 'other' ? ('node' as const) : entry.type,
          size: entry.sizeBytes,
        })),
        next,
      }
    }),
  }
}

function node({ root, path }: { root: string; path: string }) {
  return { root: parseCid(root), path }
}
