import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'
import { withContractErrors } from '../engine-errors.ts'

export function shardsRouter({ system, shards, browse }: Engine) {
  const topic = topics.shards
  return {
    list: topic.list.handler(({ input, signal }) => shards.list(input, signal)),
    get: topic.get.handler(({ input, signal }) => shards.detail(input.key, signal)),
    watch: topic.watch.handler(({ signal }) => withContractErrors(shards.table.watch(signal))),
    register: topic.register.handler(({ input, signal }) => shards.register(input, signal)),
    initialize: topic.initialize.handler(({ input, signal }) => shards.initialize(input, signal)),
    recover: topic.recover.handler(({ input, signal }) => shards.recover(input, signal)),
    reindex: topic.reindex.handler(({ input, signal }) => shards.reindex(input, signal)),
    destroy: topic.destroy.handler(({ input }) => shards.destroy(input)),
    initializeAll: topic.initializeAll.handler(({ input, signal }) =>
      withContractErrors(shards.initializeAll(input, signal)),
    ),
    gc: topic.gc.handler(async ({ input }) => {
      const report = await shards.gc(input)
      if (!input.dryRun) system.expireDiskUse()
      return report
    }),
    lookup: topic.lookup.handler(({ input }) => shards.lookup(input.cid)),
    indexEntries: topic.indexEntries.handler(({ input, signal }) => shards.indexEntries(input, signal)),
    audit: topic.audit.handler(({ input, signal }) => withContractErrors(shards.audit(input, signal))),
    acquire: topic.acquire.handler(({ input, signal, context }) =>
      browse.acquire(input, { signal, until: context.disconnected }),
    ),
    release: topic.release.handler(({ input }) => browse.release(input)),
    entries: topic.entries.handler(({ input, signal }) => browse.entries(input, signal)),
    block: topic.block.handler(({ input, signal }) => browse.block(input, signal)),
    getBlock: topic.getBlock.handler(({ input, signal }) => browse.getBlock(input, signal)),
  }
}
