import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function retrievalsRouter({ retrievals }: Engine) {
  const topic = topics.retrievals
  return {
    list: topic.list.handler(() => retrievals.list()),
    get: topic.get.handler(({ input }) => retrievals.get(input.dealId)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(retrievals.table.watch(signal))),
    start: topic.start.handler(({ input }) => retrievals.begin(input)),
    wait: topic.wait.handler(({ input, signal }) => retrievals.wait(input.dealId, signal)),
    cancel: topic.cancel.handler(({ input }) => retrievals.cancel(input.dealId)),
    retry: topic.retry.handler(({ input }) => retrievals.retry(input.dealId)),
    export: topic.export.handler(({ input }) => retrievals.export(input)),
    remove: topic.remove.handler(({ input }) => retrievals.remove(input.dealId)),
  }
}
