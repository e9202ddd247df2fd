import type { SystemStatus } from '../../src-shared/contract/index.ts'
import { formatBytes, formatRate } from '../../src-shared/format/index.ts'
import type { Output } from './output.ts'
import { styleState } from './style.ts'
import { formatFields } from './table.ts'
import type { Verbs } from './verbs.ts'

export const status = (verbs: Verbs) =>
  verbs.verb('status', 'what runs, what it holds, and how much room it takes').action(
    verbs.run(async (run) => {
      const { client, remote } = await run.connection()
      const facts = await client.system.status()
      await run.output.result({ ...facts, running: remote }, () => statusText(facts, remote, run.output))
    }),
  )

function statusText(facts: SystemStatus, running: boolean, { style }: Output): string[] {
  const { active, inRate, outRate } = facts.transfers
  const counts = (by: Record<string, number>) =>
    Object.entries(by)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} ${styleState(style, state)}`)
      .join(', ') || 'none'
  const used = facts.disk.byPurpose.filter(({ bytes }) => bytes > 0)
  return formatFields(
    [
      ['Carport', `${facts.version}, ${running ? style.good('running') : style.warning('not running')}`],
      ['Data', facts.dataDir],
      ['Roles', facts.roles.join(', ')],
      ['Address', running ? facts.address : null],
      ['Provider', running ? facts.providerUrl : null],
      ['Imports', counts(facts.imports)],
      ['Deals', counts(facts.deals)],
      ['Retrievals', counts(facts.retrievals)],
      ['Shards', counts(facts.shards)],
      ['Transfers', active === 0 ? 'none' : `${active} active, ↓ ${formatRate(inRate)}, ↑ ${formatRate(outRate)}`],
      ['Disk', `${formatBytes(facts.disk.freeBytes)} free of ${formatBytes(facts.disk.totalBytes)}`],
      ...used.map(({ purpose, bytes }): [string, string] => [`  ${purpose}`, formatBytes(bytes)]),
    ],
    style,
  )
}
