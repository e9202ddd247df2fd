import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function piecesRouter({ pieces }: Engine) {
  const topic = topics.pieces
  return {
    list: topic.list.handler(() => pieces.list()),
    get: topic.get.handler(({ input }) => pieces.get(input.pieceCid)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(pieces.table.watch(signal))),
    add: topic.add.handler(({ input, signal }) => pieces.add(input, signal)),
    commp: topic.commp.handler(({ input, signal }) => withContractErrors(pieces.commp(input.path, signal))),
    remove: topic.remove.handler(({ input }) => pieces.remove(input.pieceCid)),
  }
}
