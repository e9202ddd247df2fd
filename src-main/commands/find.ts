import type { Finding } from '../../src-shared/contract/index.ts'
import { EXIT } from './failure.ts'
import type { Output } from './output.ts'
import type { Verbs } from './verbs.ts'

export const find = (verbs: Verbs) =>
  verbs
    .verb('find', 'where a CID is: imports, deals, retrievals, shards, pieces, blocks; exit code 1 when it is nowhere')
    .argument('<text>', 'CID or multihash in any form, also in an address; an id; or a part of a name')
    .action(
      verbs.run(async (run, _options: object, text: string) => {
        const found = await (await run.client()).system.find({ text })
        await run.output.result(
          found,
          () => [
            ...found.readAs.map((words) => `Read as ${words}`),
            ...(found.findings.length > 0
              ? found.findings.map((each) => lineOf(each, run.output))
              : ['Found nowhere.']),
            ...(found.searched.length > 0 ? [`Looked through ${found.searched.join(', ')}.`] : []),
          ],
          () => found.findings.map(({ kind, id }) => `${kind} ${id}`),
        )
        if (found.findings.length === 0) run.exitCode = EXIT.failed
      }),
    )

function lineOf({ kind, id, title, subtitle }: Finding, { style }: Output): string {
  const facts = [id, title, subtitle].filter((fact, i, all) => fact !== '' && all.indexOf(fact) === i)
  return `${style.good(kind.padEnd(10))}  ${facts.join('  ')}`
}
