import type { ImportView } from '../../../src-shared/contract/index.ts'
import type { Client } from '../connection.ts'
import { follow } from '../follow.ts'
import { styleState } from '../style.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'

/** The verbs that mend one import and print it as it is then. */

export const relink = (verbs: Verbs) =>
  verbs
    .verb('relink', 'say where the file of a linked import is now; the content must be the same')
    .argument('<id>')
    .argument('<path>', 'the file, or a folder in which it is searched')
    .action(
      verbs.run(async (run, _options: object, id: string, path: string) =>
        mend(run, id, ({ imports }, call) => imports.relink({ id, path: run.path(path) }, call)),
      ),
    )

export const reimport = (verbs: Verbs) =>
  verbs
    .verb('reimport', 'import the file as it is now, under a new id, and drop the old import')
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, id: string) =>
        mend(run, id, ({ imports }, call) => imports.reimport({ id }, call)),
      ),
    )

export const materialise = (verbs: Verbs) =>
  verbs
    .verb('materialise', "copy the content of a linked import into Carport's own CAR, so that the file is not needed")
    .argument('<id>')
    .action(
      verbs.run(async (run, _options: object, id: string) =>
        mend(run, id, ({ imports }, call) => imports.materialise({ id }, call)),
      ),
    )

type Work = (client: Client, call: { signal: AbortSignal }) => Promise<ImportView>

async function mend(run: VerbRun, id: string, work: Work): Promise<void> {
  const client = await run.client()
  const view = await follow<ImportView>(run, {
    watch: (call) => client.imports.watch(undefined, call),
    isIt: (row) => row.id === id,
    progressOf: (row) => row.progress,
    wait: (call) => work(client, call),
  })
  await run.output.result(
    view,
    () => `${view.id}  ${view.root}  ${styleState(run.output.style, view.health)}  ${view.source}`,
    () => view.root ?? view.id,
  )
}
