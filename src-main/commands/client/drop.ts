import type { Verbs } from '../verbs.ts'

export const drop = (verbs: Verbs) =>
  verbs
    .verb('drop', 'forget imports and delete what Carport made for them; your own files are not touched')
    .argument('<id...>')
    .action(
      verbs.run(async (run, _options: object, ids: string[]) => {
        const { imports } = await run.client()
        const receipts = (
          await run.each(
            ids,
            (id) => id,
            (id) => imports.drop({ ids: [id] }),
          )
        ).flat()
        await run.output.result(
          receipts,
          () =>
            receipts.flatMap(({ id, deleted, kept }) => [
              `Dropped ${id}`,
              ...deleted.map((path) => `  deleted ${path}`),
              ...kept.map((path) => `  kept    ${path}`),
            ]),
          () => receipts.map(({ id }) => id),
        )
      }),
    )
