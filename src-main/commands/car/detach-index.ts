import type { Verbs } from '../verbs.ts'
import { toFileOrStdout } from './to-file-or-stdout.ts'

/** `car detach-index CAR [OUT]` copies the index of a CARv2; `car detach-index list IDX` lists one. */
export const detachIndexVerb = (verbs: Verbs) => {
  const list = verbs
    .verb('list', 'every multihash and offset of a detached index')
    .argument('[index]', 'default: stdin')
    .action(
      verbs.run(async (run, _options: object, given?: string) => {
        const { listIndexFile, STDIN, withCarFile } = await import('../../engine/index.ts')
        await withCarFile(given === undefined || given === STDIN ? STDIN : run.path(given), (path) =>
          run.output.stream(
            rows(listIndexFile(path, { signal: run.signal })),
            (row) => `${row.multihash} ${row.offset}`,
          ),
        )
      }),
    )
  return verbs
    .verb('detach-index', 'copy the index of a CARv2 into a file of its own')
    .argument('<car>')
    .argument('[out]')
    .action(
      verbs.run(async (run, _options: object, car: string, out?: string) => {
        const { detachIndex } = await import('../../engine/index.ts')
        const detached = await toFileOrStdout(run, out, (path) =>
          detachIndex(run.path(car), path, { signal: run.signal }),
        )
        if (out !== undefined) await run.output.result({ path: run.path(out), ...detached }, () => [])
      }),
    )
    .addCommand(list)
}

async function* rows(records: AsyncIterable<{ multihash: Uint8Array; offset: number }>) {
  for await (const { multihash, offset } of records) yield { multihash: Buffer.from(multihash).toString('hex'), offset }
}
