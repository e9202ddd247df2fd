import { Option } from 'commander'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { usageError } from '../failure.ts'
import { follow } from '../follow.ts'
import type { Verbs } from '../verbs.ts'

interface Options {
  from: string[]
  car?: boolean
  carV2?: boolean
  force?: boolean
  dataSelector?: string
  carExportMerkleProof?: boolean
}

const EXAMPLES = `
Examples:
  carport client retrieve bafybei… film.mp4
  carport client retrieve --from https://provider.example:4500 --car bafybei… film.car
  carport client retrieve --data-selector 2024/may.jpg bafybei… may.jpg
  carport client retrieve --data-selector Links/0/Hash --car --car-export-merkle-proof bafybei… proof.car
  carport client retrieve --data-selector '{"R":{"l":{"depth":2},":>":{"a":{">":{"@":{}}}}}}' --car bafybei… top.car`

export const retrieve = (verbs: Verbs) =>
  verbs
    .verb('retrieve', 'fetch a DAG, checked block by block, and write it to a file or folder')
    .argument('<root>')
    .argument('<out>')
    .addOption(
      new Option(
        '--from <source>',
        'base URL of a provider or gateway, or "local" for imports and earlier retrievals; may be given again',
      )
        .argParser((source: string, earlier: string[]) => [...earlier, source])
        .default([], "Carport's own provider role"),
    )
    .addOption(new Option('--car', 'write a CARv1 instead of files').conflicts('carV2'))
    .option('--car-v2', 'write a CARv2 with an index instead of files')
    .option(
      '--data-selector <selector>',
      "a part only: names in folders, steps of IPLD's data model, or an IPLD selector as JSON (with --car)",
    )
    .option('--car-export-merkle-proof', 'of a part, also write the nodes on the way to it, so that the CAR proves it')
    .option('--force', 'overwrite what is there')
    .addHelpText('after', EXAMPLES)
    .action(
      verbs.run(async (run, options: Options, root: string, out: string) => {
        const isCar = options.car === true || options.carV2 === true
        if (options.carExportMerkleProof === true && (!isCar || options.dataSelector === undefined))
          throw usageError('--car-export-merkle-proof goes with --data-selector and with --car or --car-v2.')
        const { retrievals } = await run.client()
        const { dealId } = await retrievals.start({
          root,
          selector: options.dataSelector ?? null,
          proof: options.carExportMerkleProof === true,
          from: options.from,
          outPath: run.path(out),
          format: options.carV2 === true ? 'car-v2' : options.car === true ? 'car' : 'files',
          overwrite: options.force === true,
        })
        const done = await follow(run, {
          watch: (call) => retrievals.watch(undefined, call),
          isIt: (row) => row.dealId === dealId,
          progressOf: (row) => row.progress,
          wait: (call) => retrievals.wait({ dealId }, call),
          cancel: () => retrievals.cancel({ dealId }),
        })
        await run.output.result(
          done,
          () => `Retrieved ${formatBytes(done.receivedBytes)} to ${done.path}`,
          () => done.path ?? '',
        )
      }),
    )
