import type { Client } from '../connection.ts'
import type { Verbs } from '../verbs.ts'

const PAGE = 10_000

export const indexList = (verbs: Verbs) =>
  verbs
    .verb('index-list', "every multihash (hex) and offset of a shard's index, sorted by offset")
    .argument('<key>')
    .action(
      verbs.run(async (run, _options: object, key: string) => {
        await run.output.stream(
          entries(await run.client(), key, run.signal),
          (entry) => `${entry.multihash} ${entry.offset}`,
        )
      }),
    )

async function* entries({ shards }: Client, key: string, signal: AbortSignal) {
  for (let from = 0; ; from += PAGE) {
    const { entries: page, total } = await shards.indexEntries({ key, from, limit: PAGE }, { signal })
    yield* page
    if (from + PAGE >= total) return
  }
}
