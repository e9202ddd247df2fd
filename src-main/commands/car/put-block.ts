import { buffer } from 'node:stream/consumers'
import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion, log } from './lines.ts'

export const putBlock = (verbs: Verbs) =>
  verbs
    .verb('put-block', 'add the bytes on stdin to a CAR as a block')
    .alias('pb')
    .argument('<car>', 'made where it is not there')
    .option('-c, --codec <codec>', 'raw, dag-pb, dag-cbor or dag-json; default raw')
    .option('--cid <cid>', 'the CID that the bytes must have')
    .option('--version <version>', 'of a new CAR, 1 or 2', '2')
    .option('--set-root', 'make the block the root of a new CAR')
    .action(
      verbs.run(async (run, options: PutOptions, car: string) => {
        if (options.cid !== undefined && options.codec !== undefined && options.codec !== 'raw')
          throw usageError('--cid and --codec are mutually exclusive (use one or the other)')
        const { parseCid, putBlock } = await import('../../engine/index.ts')
        const path = run.path(car)
        const as = options.cid === undefined ? { codec: options.codec ?? 'raw' } : { cid: parseCid(options.cid) }
        const version = carVersion(options.version)
        const put = await putBlock(path, await buffer(process.stdin), {
          as,
          version,
          setRoot: options.setRoot === true,
        })
        const cid = put.cid.toString()
        await run.output.result({ ...put, cid, path }, () => cid)
        log(
          put.created
            ? `Created new CAR file: ${car}`
            : `Block added to existing CAR file: ${car}${put.version === 1 ? ` (roots: ${put.rootCount})` : ''}`,
        )
      }),
    )

interface PutOptions {
  codec?: string
  cid?: string
  version: string
  setRoot?: boolean
}
