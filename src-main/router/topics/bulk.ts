import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function bulkRouter({ bulk, dagstore }: Engine) {
  const topic = topics.bulk
  return {
    state: topic.state.handler(() => dagstore.bulkState),
    watchState: topic.watchState.handler(({ signal }) => withContractErrors(dagstore.watchBulkState(signal))),
    pauseAll: topic.pauseAll.handler(async () => {
      await dagstore.pause()
      return dagstore.bulkState
    }),
    resumeAll: topic.resumeAll.handler(async ({ input }) => {
      await dagstore.resume(input)
      return dagstore.bulkState
    }),
    gather: topic.gather.handler(({ input }) => bulk.gather(input)),
    plan: topic.plan.handler(({ input, signal }) => withContractErrors(bulk.plan(input, signal))),
    planned: topic.planned.handler(({ input }) => bulk.planned(input)),
    start: topic.start.handler(({ input }) => bulk.start(input)),
    list: topic.list.handler(() => bulk.list()),
    watch: topic.watch.handler(({ signal }) => withContractErrors(bulk.table.watch(signal))),
    pause: topic.pause.handler(({ input }) => bulk.pause(input.runId)),
    resume: topic.resume.handler(({ input }) => bulk.resume(input.runId)),
    stop: topic.stop.handler(({ input }) => bulk.stop(input.runId)),
    setConcurrency: topic.setConcurrency.handler(({ input }) => bulk.setConcurrency(input)),
    failures: topic.failures.handler(({ input }) => bulk.failures(input)),
    dismiss: topic.dismiss.handler(({ input }) => bulk.dismiss(input.runId)),
  }
}
