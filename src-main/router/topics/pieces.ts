import { type Engine, parseCid } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function piecesRouter({ pieces, placesOfPieces, inspect }: Engine) {
  const topic = topics.pieces
  return {
    list: topic.list.handler(async () => {
      await placesOfPieces.listed()
      return pieces.list()
    }),
    get: topic.get.handler(async ({ input }) => {
      await placesOfPieces.listed()
      return pieces.get(parseCid(input.pieceCid))
    }),
    watch: topic.watch.handler(({ signal }) => withContractErrors(pieces.table.watch(signal))),
    add: topic.add.handler(({ input, signal }) =>
      pieces.add(input.path, { signal, expected: input.pieceCid === null ? undefined : parseCid(input.pieceCid) }),
    ),
    commp: topic.commp.handler(({ input, signal }) => withContractErrors(inspect.commp(input.path, signal))),
    remove: topic.remove.handler(async ({ input }) => ({
      pieceCid: input.pieceCid,
      ...(await pieces.remove(parseCid(input.pieceCid))),
    })),
  }
}
