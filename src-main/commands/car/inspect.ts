import type { CarInspection } from '../../../src-shared/contract/index.ts'
import { withFileTools } from '../file-work.ts'
import type { Verbs } from '../verbs.ts'

export const inspect = (verbs: Verbs) =>
  verbs
    .verb('inspect', 'what a CAR says of itself')
    .argument('[file]', 'default: stdin')
    .option('--full', "also compare every block's bytes with its CID")
    .action(
      verbs.run(async (run, { full }: { full?: boolean }, given?: string) => {
        const { STDIN, withCarFile } = await import('../../engine/index.ts')
        const report = await withCarFile(given === undefined || given === STDIN ? STDIN : run.path(given), (path) =>
          withFileTools(run, (tools, { signal }) => tools.inspect.inspect({ path, full: full === true }, signal)),
        )
        await run.output.result(report, () => reportText(report))
      }),
    )

/** The report of go-car's `car inspect`, line for line. */
function reportText(report: CarInspection): string[] {
  const { blockLength, cidLength } = report
  const counts = (by: Record<string, number>) => Object.entries(by).map(([name, count]) => `\t${name}: ${count}`)
  return [
    `Version: ${report.version}`,
    ...(report.version === 1 ? [] : v2Text(report)),
    `Roots:${rootsText(report.roots)}`,
    `Root blocks present in data: ${report.rootsPresent ? 'Yes' : 'No'}`,
    `Block count: ${report.blockCount}`,
    `Min / average / max block length (bytes): ${blockLength.min} / ${blockLength.mean} / ${blockLength.max}`,
    `Min / average / max CID length (bytes): ${cidLength.min} / ${cidLength.mean} / ${cidLength.max}`,
    'Block count per codec:',
    ...counts(report.codecs),
    'CID count per multihash:',
    ...counts(report.multihashes),
  ]
}

function rootsText(roots: readonly string[]): string {
  if (roots.length === 0) return ' (none)'
  return roots.length === 1 ? ` ${roots[0]}` : roots.map((root) => `\n\t${root}`).join('')
}

function v2Text(report: CarInspection): string[] {
  return [
    `Characteristics: ${report.fullyIndexed ? '80' : '00'}${'00'.repeat(15)}`,
    `Data offset: ${report.payloadOffset}`,
    `Data (payload) length: ${report.payloadBytes}`,
    `Index offset: ${report.indexOffset ?? 0}`,
    `Index type: ${report.indexCodec ?? '(none)'}`,
  ]
}
