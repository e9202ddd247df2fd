import { ADVICE } from '../../../src-shared/errors/index.ts'
import { readEngineAddress } from '../../host/index.ts'
import type { Connection } from '../connection.ts'
import { toFailure } from '../failure.ts'
import { type Finding, note, ok, problem } from './finding.ts'

/** What the engine itself says of its records, imports and shards. */
export async function checkEngine(dataDir: string, connect: () => Promise<Connection>): Promise<Finding[]> {
  const address = await readEngineAddress(dataDir)
  try {
    const { client, remote } = await connect()
    const status = await client.system.status()
    const findings = [
      remote
        ? ok('engine', `Carport ${status.version} runs on this directory, at ${status.address}.`)
        : ok('formats', 'Its records can be opened, in the formats of this version.'),
      ...checkCounts(status),
    ]
    if (!remote && address !== null)
      findings.push(
        note(
          'engine',
          `The file "api" names ${address.host}:${address.port}, where nothing listens: an engine was killed.`,
          'Nothing has to be done: the next start writes it anew. Until then it can be deleted.',
        ),
      )
    return findings
  } catch (error) {
    const { code, message } = toFailure(error)
    return [problem('formats', message, ADVICE[code])]
  }
}

interface Counts {
  imports: Record<string, number>
  shards: Record<string, number>
  deals: Record<string, number>
  retrievals: Record<string, number>
}

function checkCounts({ imports, shards, deals, retrievals }: Counts): Finding[] {
  const findings: Finding[] = []
  const troubled = (imports.broken ?? 0) + (imports.attention ?? 0)
  findings.push(
    troubled === 0
      ? ok('imports', 'No import is known to be broken.')
      : note(
          'imports',
          `${troubled} imports cannot be read as they are.`,
          'See why, and mend them: carport client check',
        ),
  )
  const errored = shards.Errored ?? 0
  findings.push(
    errored === 0
      ? ok('shards', 'No shard has failed.')
      : note(
          'shards',
          `${errored} shards have failed.`,
          'See why: carport dagstore list-shards --failed; then: carport dagstore recover-shard KEY',
        ),
  )
  if ((deals.failed ?? 0) > 0)
    findings.push(note('deals', `${deals.failed} deals have failed.`, 'See why: carport client list-deals'))
  if ((retrievals.failed ?? 0) > 0)
    findings.push(
      note('retrievals', `${retrievals.failed} retrievals have failed.`, 'See why: carport client list-retrievals'),
    )
  return findings
}
