import type { ShardAudit } from '../../../src-shared/contract/index.ts'
import { EXIT } from '../failure.ts'
import type { Output } from '../output.ts'
import { formatFields } from '../table.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'

export const auditIndex = (verbs: Verbs) =>
  verbs
    .verb(
      'audit-index',
      'compare the index of a shard with its piece; exit code 1 when it does not fit, or cannot be compared',
    )
    .argument('<key>')
    .option('--full', 'also hash the blocks of a piece that is not in a file here: all of it is fetched')
    .action(
      verbs.run(async (run, { full = false }: { full?: boolean }, key: string) => {
        const audit = await auditOf(run, key, full)
        await run.output.result(
          audit,
          () => auditText(audit, run.output),
          () => audit.result,
        )
        if (audit.result !== 'good') run.exitCode = EXIT.failed
      }),
    )

async function auditOf(run: VerbRun, key: string, full: boolean): Promise<ShardAudit> {
  const { shards } = await run.client()
  try {
    for await (const event of await shards.audit({ key, full }, { signal: run.signal })) {
      if (event.type === 'done') return event.audit
      run.progress.show(event.progress)
    }
  } finally {
    run.progress.clear()
  }
  throw run.signal.reason
}

const REMEDIES = { reindex: 'carport dagstore reindex-shard', recover: 'carport dagstore recover-shard' }

function auditText(audit: ShardAudit, { style }: Output): string[] {
  const colour = audit.result === 'good' ? style.good : style.bad
  return [
    colour(audit.verdict),
    ...audit.examples.map(
      ({ kind, multihash, offset }) => `  ${kind.padEnd(9)}  ${multihash}${offset === null ? '' : `  at ${offset}`}`,
    ),
    ...formatFields(
      [
        ['Verified against the payload', payloadText(audit)],
        ['Codec', audit.codec],
        ['Records', audit.recordCount === null ? null : String(audit.recordCount)],
        ['Blocks', audit.blockCount === null ? null : String(audit.blockCount)],
        ['Remedy', audit.remedy === null ? null : `${REMEDIES[audit.remedy]} ${audit.key}`],
      ],
      style,
    ),
  ]
}

function payloadText({ payload: { verified, reason, canBe } }: ShardAudit): string {
  if (verified) return 'yes'
  return `no: ${reason ?? ''}${canBe ? ' (--full)' : ''}`
}
