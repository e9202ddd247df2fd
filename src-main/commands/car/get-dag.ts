import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion, log } from './lines.ts'

export const getDag = (verbs: Verbs) =>
  verbs
    .verb('get-dag', 'the DAG below a root, as a CAR of its own')
    .alias('gd')
    .argument('<car>')
    .argument('<root-or-out>')
    .argument('[out]')
    .option('-s, --selector <json>', 'an IPLD selector: only what it reads')
    .option('--strict', 'fail when a block is missing')
    .option('--version <version>', 'of the CAR written, 1 or 2', '2')
    .action(
      verbs.run(async (run, options: GetDagOptions, car: string, second: string, third?: string) => {
        const { getDag, parseCid, parseSelector } = await import('../../engine/index.ts')
        const out = third ?? second
        if (out === '') throw usageError('usage: carport car get-dag CAR [ROOT] OUT')
        const version = carVersion(options.version)
        // A CARv1 of go-car is a selective one, which has no gaps.
        const strict = options.strict === true || version === 1
        const root = third === undefined ? null : parseCid(second)
        const selector = options.selector === undefined ? undefined : parseSelector(options.selector)
        const { signal } = run
        const written = await getDag(run.path(car), root, run.path(out), { version, strict, selector, signal })
        if (written.missing > 0 && run.verbose) log(`${written.missing} blocks are not in the CAR and were left out`)
        await run.output.result({ ...written, root: written.root.toString(), path: run.path(out) }, () => [])
      }),
    )

interface GetDagOptions {
  selector?: string
  strict?: boolean
  version: string
}
