import { type Engine, EngineError } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'
import type { HostAbilities } from '../host-abilities.ts'

export function systemRouter({ system }: Engine, host: HostAbilities) {
  const topic = topics.system
  return {
    info: topic.info.handler(() => ({
      ...system.info(),
      abilities: {
        dialogs: host.pickPaths !== undefined,
        droppedPaths: host.pickPaths !== undefined,
        reveal: host.reveal !== undefined,
      },
    })),
    status: topic.status.handler(() => system.status()),
    watchStatus: topic.watchStatus.handler(({ signal }) => withContractErrors(system.watchStatus(signal))),
    describePaths: topic.describePaths.handler(({ input }) => system.describePaths(input.paths)),
    find: topic.find.handler(({ input, signal }) => system.find(input.text, signal)),
    watchFind: topic.watchFind.handler(({ input, signal }) => withContractErrors(system.watchFind(input.text, signal))),
    pickPaths: topic.pickPaths.handler(({ input }) => host.pickPaths?.(input.kind) ?? unsupported('open dialogs')),
    pickSavePath: topic.pickSavePath.handler(
      ({ input }) => host.pickSavePath?.(input.suggestedName) ?? unsupported('open dialogs'),
    ),
    reveal: topic.reveal.handler(async ({ input }) => {
      await (host.reveal?.(input.path) ?? unsupported('show files'))
      return {}
    }),
    logs: topic.logs.handler(() => system.logs()),
    watchLogs: topic.watchLogs.handler(({ signal }) => withContractErrors(system.watchLogs(signal))),
  }
}

function unsupported(what: string): never {
  throw new EngineError('UNSUPPORTED', `This window cannot ${what}: it runs in a browser. Type the path instead.`)
}
