import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function migrationRouter({ migration }: Engine) {
  const topic = topics.migration
  return {
    plan: topic.plan.handler(({ input, signal }) => withContractErrors(migration.plan(input, signal))),
    run: topic.run.handler(({ input, signal }) => withContractErrors(migration.run(input, signal))),
    status: topic.status.handler(() => migration.status()),
  }
}
