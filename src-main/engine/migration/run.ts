import type { MigrationReport, MigrationRunEvent } from '../../../src-shared/contract/index.ts'
import { EngineError, type Logger, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import { markComplete } from './marker.ts'
import type { MigratedDeals } from './migrated-deals.ts'
import type { MigrationConfig, MigrationPorts } from './migration-ports.ts'
import type { RunningRecord } from './migration-records.ts'
import type { MigrationInput, MigrationPlan, PlannedImport } from './plan.ts'
import { isUnreadable } from './plan-summary.ts'
import { registerShards, type ShardOutcome } from './register-shards.ts'
import { noteSectors } from './sector-notes.ts'

type Emit = (event: MigrationRunEvent) => void

interface RunContext {
  ports: MigrationPorts
  config: MigrationConfig
  deals: MigratedDeals
  log: Logger
  record: RunningRecord
  emit: Emit
}

/**
 * Does what a plan says. Every step can be done again; the marker is written last. Throws only when the whole cannot go
 * on: CANCELLED, CLOSED, a full disk.
 */
export async function runPlan(
  input: MigrationInput,
  plan: MigrationPlan,
  context: RunContext,
  work: LongWorkOptions,
): Promise<MigrationReport> {
  const { ports, config, deals, log, record, emit } = context
  const report: MigrationReport = {
    ...{ registered: [], unreadable: [], present: 0, failed: [] },
    ...{ imported: [], importsFailed: [] },
  }
  if (plan.miner !== null && input.lotusMiner !== null) {
    await noteSectors(plan.miner.locations, ports.locations, work)
    await deals.note(plan.deals, work)
    if (plan.storagePaths.length > 0) await rememberStorage(input.lotusMiner, plan, ports)
  }
  if (input.lotusMiner !== null || input.lotus === null) {
    const total = plan.shards.filter(({ action }) => action !== 'skip').length
    let current = 0
    const unreadable = new Map(plan.shards.filter(isUnreadable).map(({ key, reason }) => [key, reason]))
    const ended = new Set<string>()
    const onOutcome = (outcome: ShardOutcome) => {
      ended.add(outcome.key)
      noteShard(outcome, unreadable.get(outcome.key), report, record)
      emit({ type: 'shard', ...outcome, current: ++current, total })
    }
    await registerShards(plan.deals, ports, log, { signal: work.signal, onOutcome })
    // Pieces that are shards although no deal on them is eligible any more: there is nothing to register.
    for (const { key, action } of plan.shards)
      if (action === 'present' && !ended.has(key)) onOutcome({ key, outcome: 'present', error: null })
  }
  await takeOverImports(plan.imports, context, report, work)
  if (plan.miner !== null) await ports.refreshPieces()
  if (input.lotusMiner !== null || input.lotus === null) await markComplete(config.markerPath, log)
  return report
}

async function rememberStorage(directory: string, plan: MigrationPlan, ports: MigrationPorts): Promise<void> {
  await ports.addLotusStorage(directory)
  if (!ports.lotusStoragePaths().includes(directory))
    plan.warnings.push(
      `Pieces in the sectors of ${directory} are not read: the setting Pieces.LotusStoragePaths is overridden by an environment variable. Name the folder there.`,
    )
}

/** `whyUnreadable`: why a shard that is registered cannot be read yet; undefined where it can. */
function noteShard(
  { key, outcome, error }: ShardOutcome,
  whyUnreadable: string | null | undefined,
  report: MigrationReport,
  record: RunningRecord,
): void {
  if (outcome === 'failed') {
    report.failed.push({ key, error: error ?? '' })
    record.failed(key, error ?? '')
    return
  }
  record.count(outcome)
  if (outcome === 'present') report.present++
  else report.registered.push(key)
  if (outcome !== 'registered' || whyUnreadable === undefined) return
  record.count('unreadable')
  report.unreadable.push({ key, reason: whyUnreadable ?? '' })
}

async function takeOverImports(
  planned: PlannedImport[],
  { ports, config, record, emit }: RunContext,
  report: MigrationReport,
  { signal, onProgress }: LongWorkOptions,
): Promise<void> {
  const wanted = planned.filter(({ view }) => view.action !== 'skip')
  let current = 0
  for (const each of wanted) {
    throwIfAborted(signal)
    onProgress?.({ phase: 'Taking over imports', doneBytes: 0, totalBytes: null })
    const { id } = each.view
    const place = () => ({ current: ++current, total: wanted.length })
    if (each.view.action === 'present') {
      emit({ type: 'import', id, outcome: 'present', error: null, ...place() })
      continue
    }
    try {
      if (each.view.action === 'import-again') await importAgain(each, ports, { signal, onProgress })
      else await takeOver(each, ports, config)
      report.imported.push(id)
      record.count('imported')
      emit({ type: 'import', id, outcome: 'imported', error: null, ...place() })
    } catch (thrown) {
      throwIfAborted(signal)
      const error = EngineError.from(thrown)
      if (error.code === 'CLOSED' || error.code === 'NO_SPACE') throw error
      report.importsFailed.push({ key: id, error: error.message })
      record.failed(id, error.message)
      emit({ type: 'import', id, outcome: 'failed', error: error.message, ...place() })
    }
  }
}

async function importAgain(
  { view, verdict }: PlannedImport,
  ports: MigrationPorts,
  work: LongWorkOptions,
): Promise<void> {
  if (verdict.again !== null)
    await ports.imports.importAgain({ id: view.id, root: view.root, source: verdict.again }, work)
}

async function takeOver(
  { view, verdict }: PlannedImport,
  ports: MigrationPorts,
  { resolvePath = (path) => path }: MigrationConfig,
): Promise<void> {
  const { facts } = verdict
  if (facts === null || view.root === null || view.carPath === null) return
  await ports.imports.takeOver({
    id: view.id,
    root: view.root,
    source: view.source === '' ? view.carPath : view.source,
    carPath: resolvePath(view.carPath),
    ...facts,
  })
}
