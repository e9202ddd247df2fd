import { type Engine, parseCid } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function importsRouter({ imports, dags }: Engine) {
  const topic = topics.imports
  return {
    list: topic.list.handler(async () => {
      await imports.checked()
      return imports.list()
    }),
    get: topic.get.handler(({ input }) => imports.get(input.id)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(imports.table.watch(signal))),
    start: topic.start.handler(({ input }) => imports.begin(input)),
    wait: topic.wait.handler(({ input }) => imports.wait(input)),
    cancel: topic.cancel.handler(({ input }) => imports.cancel(input)),
    retry: topic.retry.handler(({ input }) => imports.retry(input)),
    drop: topic.drop.handler(({ input }) => imports.drop(input)),
    check: topic.check.handler(({ input, signal }) => imports.checkNow(input, signal)),
    relink: topic.relink.handler(({ input, signal }) => imports.relink(input, signal)),
    reimport: topic.reimport.handler(({ input, signal }) => imports.reimport(input, signal)),
    materialise: topic.materialise.handler(({ input, signal }) => imports.materialise(input, signal)),
    stat: topic.stat.handler(({ input, signal }) => dags.stat(parseCid(input.root), { signal })),
  }
}
