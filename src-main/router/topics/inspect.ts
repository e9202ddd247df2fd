import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function inspectRouter({ inspect }: Engine) {
  const topic = topics.inspect
  return {
    inspect: topic.inspect.handler(({ input, signal }) => inspect.inspect(input, signal)),
    verify: topic.verify.handler(({ input, signal }) => withContractErrors(inspect.verify(input.path, signal))),
    repair: topic.repair.handler(({ input, signal }) => inspect.repair(input, signal)),
  }
}
