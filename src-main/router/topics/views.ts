import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function viewsRouter({ views }: Engine) {
  const topic = topics.views
  return {
    list: topic.list.handler(() => views.list()),
    watch: topic.watch.handler(({ signal }) => withContractErrors(views.table.watch(signal))),
    save: topic.save.handler(({ input }) => views.save(input)),
    remove: topic.remove.handler(({ input }) => views.remove(input.id)),
  }
}
