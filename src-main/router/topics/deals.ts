import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function dealsRouter({ deals }: Engine) {
  const topic = topics.deals
  return {
    list: topic.list.handler(() => deals.list()),
    get: topic.get.handler(({ input }) => deals.get(input)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(deals.table.watch(signal))),
    propose: topic.propose.handler(({ input }) => deals.propose(input)),
    wait: topic.wait.handler(({ input }) => deals.wait(input)),
    cancel: topic.cancel.handler(({ input }) => deals.cancel(input)),
    retry: topic.retry.handler(({ input }) => deals.retry(input)),
    remove: topic.remove.handler(({ input }) => deals.remove(input)),
  }
}
