import type { MigrationReport, MigrationRunEvent } from '../../../src-shared/contract/index.ts'
import { EngineError, type Logger, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import type { SectorLocation } from '../pieces/index.ts'
import { markComplete } from './marker.ts'
import type { MigrationConfig, MigrationPorts } from './migration-ports.ts'
import type { RunningRecord } from './migration-records.ts'
import type { MigrationInput, MigrationPlan, PlannedImport } from './plan.ts'
import { registerShards, type ShardOutcome } from './register-shards.ts'

type Emit = (event: MigrationRunEvent) => void

/** Pieces whose sectors are noted in one batch. */
const NOTES = 1000

/**
 * Does what a plan says. Every step can be done again; the marker is written last. Throws only when the whole cannot go
 * on: CANCELLED, CLOSED, a full disk.
 */
export async function runPlan(
  input: MigrationInput,
  plan: MigrationPlan,
  context: { ports: MigrationPorts; config: MigrationConfig; log: Logger; record: RunningRecord; emit: Emit },
  work: LongWorkOptions,
): Promise<MigrationReport> {
  const { ports, config, log, record, emit } = context
  const report: MigrationReport = { registered: [], present: 0, failed: [], imported: [], importsFailed: [] }
  if (plan.miner !== null && input.lotusMiner !== null) {
    await noteSectors(plan.miner.locations, ports, work)
    if (plan.storagePaths.length > 0) await rememberStorage(input.lotusMiner, plan, ports)
  }
  if (input.lotusMiner !== null || input.lotus === null) {
    const total = plan.shards.filter(({ action }) => action !== 'skip').length
    let current = 0
    const onOutcome = (outcome: ShardOutcome) => {
      noteShard(outcome, report, record)
      emit({ type: 'shard', ...outcome, current: ++current, total })
    }
    await registerShards(plan.deals, ports, log, { signal: work.signal, onOutcome })
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

function noteShard({ key, outcome, error }: ShardOutcome, report: MigrationReport, record: RunningRecord): void {
  if (outcome === 'failed') {
    report.failed.push({ key, error: error ?? '' })
    record.failed(key, error ?? '')
    return
  }
  record.count(outcome)
  if (outcome === 'registered') report.registered.push(key)
  else report.present++
}

/** Other providers' sectors of the same piece stay known. */
async function noteSectors(
  found: Map<string, SectorLocation[]>,
  { locations }: MigrationPorts,
  { signal }: LongWorkOptions,
): Promise<void> {
  let batch: Array<[string, SectorLocation[]]> = []
  const flush = async () => {
    throwIfAborted(signal)
    await locations.putAll(batch)
    batch = []
  }
  for (const [pieceCid, here] of found) {
    if (here.length === 0) continue
    const providers = new Set(here.map(({ provider }) => provider))
    const others = (await locations.find(pieceCid)).filter(({ provider }) => !providers.has(provider))
    batch.push([pieceCid, [...here, ...others]])
    if (batch.length >= NOTES) await flush()
  }
  await flush()
}

async function takeOverImports(
  planned: PlannedImport[],
  {
    ports,
    config,
    record,
    emit,
  }: { ports: MigrationPorts; config: MigrationConfig; record: RunningRecord; emit: Emit },
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
