import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function transfersRouter({ transfers }: Engine) {
  const topic = topics.transfers
  return {
    list: topic.list.handler(() => transfers.list()),
    get: topic.get.handler(({ input }) => transfers.get(input)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(transfers.table.watch(signal))),
    pause: topic.pause.handler(({ input }) => transfers.pause(input)),
    resume: topic.resume.handler(({ input }) => transfers.resume(input)),
    cancel: topic.cancel.handler(({ input }) => transfers.cancel(input)),
    restart: topic.restart.handler(({ input }) => transfers.restart(input)),
  }
}
