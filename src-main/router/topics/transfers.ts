import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function transfersRouter({ transfers }: Engine) {
  const topic = topics.transfers
  return {
    list: topic.list.handler(() => transfers.list()),
    get: topic.get.handler(({ input }) => transfers.get(input.id)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(transfers.table.watch(signal))),
    pause: topic.pause.handler(({ input }) => transfers.pause(input.id)),
    resume: topic.resume.handler(({ input }) => transfers.resume(input.id)),
    cancel: topic.cancel.handler(({ input }) => transfers.cancel(input.id)),
    restart: topic.restart.handler(({ input }) => transfers.restart(input.id)),
  }
}
