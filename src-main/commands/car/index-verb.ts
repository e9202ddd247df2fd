import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { carVersion } from './lines.ts'
import { toFileOrStdout } from './to-file-or-stdout.ts'

const CODECS = { 'car-multihash-index-sorted': 0x0401, 'car-index-sorted': 0x0400, none: null } as const
type CodecName = keyof typeof CODECS
const DEFAULT_CODEC = 'car-multihash-index-sorted'

/** `car index CAR [OUT]` writes the CAR with an index; `car index create CAR [OUT]` the index alone. */
export const indexVerb = (verbs: Verbs) => {
  const create = verbs
    .verb('create', 'write the index of a CAR into a file of its own')
    .argument('<car>')
    .argument('[out]')
    .option('-c, --codec <codec>', Object.keys(CODECS).slice(0, 2).join(' or '), DEFAULT_CODEC)
    .action(
      verbs.run(async (run, options: { codec: string }, car: string, out?: string) => {
        const { generateIndexFile } = await import('../../engine/index.ts')
        const codec = codecOf(options.codec) ?? undefined
        const made = await toFileOrStdout(run, out, (path) =>
          generateIndexFile(run.path(car), path, { codec, signal: run.signal }),
        )
        if (out !== undefined) await run.output.result({ path: run.path(out), ...made }, () => [])
      }),
    )
  return verbs
    .verb('index', 'write a CAR again with an index')
    .alias('i')
    .argument('<car>')
    .argument('[out]')
    .option('-c, --codec <codec>', `${Object.keys(CODECS).join(', ')}; default the first, for a CARv1 none`)
    .option('--version <version>', 'of the CAR written, 1 or 2', '2')
    .action(
      verbs.run(async (run, options: { codec?: string; version: string }, car: string, out?: string) => {
        const { plainPayload, wrapCar } = await import('../../engine/index.ts')
        const version = carVersion(options.version)
        const codec = options.codec === undefined ? CODECS[DEFAULT_CODEC] : codecOf(options.codec)
        const { signal } = run
        if (version === 1 && options.codec !== undefined && codec !== null)
          throw usageError("'none' is the only supported codec for a v1 car")
        const written = await toFileOrStdout(run, out, (path) =>
          version === 1
            ? plainPayload(run.path(car), path, { signal })
            : wrapCar(run.path(car), path, { codec, signal, includeIdentity: true, fullyIndexed: false }),
        )
        if (out !== undefined) await run.output.result({ path: run.path(out), ...written }, () => [])
      }),
    )
    .addCommand(create)
}

function codecOf(name: string): 0x0401 | 0x0400 | null {
  if (!(name in CODECS)) throw usageError(`There is no index codec ${name}: ${Object.keys(CODECS).join(', ')}.`)
  return CODECS[name as CodecName]
}
