import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function dealsRouter({ deals }: Engine) {
  const topic = topics.deals
  return {
    list: topic.list.handler(() => deals.list()),
    get: topic.get.handler(({ input }) => deals.get(input.dealId)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(deals.table.watch(signal))),
    propose: topic.propose.handler(({ input }) => deals.propose(input)),
    wait: topic.wait.handler(({ input, signal }) => deals.wait(input.dealId, signal)),
    cancel: topic.cancel.handler(({ input }) => deals.cancel(input.dealId)),
    retry: topic.retry.handler(({ input }) => deals.retry(input.dealId)),
    remove: topic.remove.handler(({ input }) => deals.remove(input.dealId)),
  }
}
