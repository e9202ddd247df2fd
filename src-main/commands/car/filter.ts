import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { CID } from 'multiformats/cid'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion, log } from './lines.ts'

export const filter = (verbs: Verbs) =>
  verbs
    .verb('filter', 'keep the CIDs named, or drop them with --inverse')
    .alias('f')
    .argument('<car>')
    .argument('<out>')
    .option('--cid-file <file>', 'a CID a line; default: stdin')
    .option('--append', 'add to a CARv2 that is there')
    .option('--inverse', 'drop the CIDs named')
    .option('--version <version>', 'of the CAR written, 1 or 2', '2')
    .action(
      verbs.run(async (run, options: FilterOptions, car: string, out: string) => {
        const { filterCar } = await import('../../engine/index.ts')
        const cids = await readCids(run, options.cidFile)
        const { append = false, inverse = false } = options
        if (run.output.json === 'off')
          await run.output.lines(`${inverse ? 'filtering out' : 'filtering to'} ${cids.length} cids`)
        const version = carVersion(options.version)
        const { signal } = run
        const filtered = await filterCar(run.path(car), run.path(out), cids, { append, inverse, version, signal })
        if (filtered.roots.length === 0) log('warning: no roots defined after filtering')
        await run.output.result({ ...filtered, roots: filtered.roots.map(String), path: run.path(out) }, () => [])
      }),
    )

interface FilterOptions {
  cidFile?: string
  append?: boolean
  inverse?: boolean
  version: string
}

async function readCids(run: VerbRun, file: string | undefined): Promise<CID[]> {
  const { parseCid } = await import('../../engine/index.ts')
  const input = file === undefined ? process.stdin : createReadStream(run.path(file))
  const cids = new Map<string, CID>()
  for await (const line of createInterface({ input })) {
    if (line.trim() === '') continue
    const cid = parseCid(line)
    if (cids.has(cid.toString())) log(`duplicate cid: ${cid}`)
    cids.set(cid.toString(), cid)
  }
  return [...cids.values()]
}
