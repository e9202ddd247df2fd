import { mkdir, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type {
  LotusDeal,
  MigrationPlanEvent,
  MigrationReport,
  MigrationRunEvent,
  MigrationStatus,
} from '../../../src-shared/contract/index.ts'
import { EngineError, emittedEvents, type Logger, type LongWorkOptions } from '../base/index.ts'
import { isMarkedComplete, markComplete } from './marker.ts'
import { MigratedDeals } from './migrated-deals.ts'
import type { MigrationConfig, MigrationPorts } from './migration-ports.ts'
import { MigrationRecords, type RunningRecord } from './migration-records.ts'
import { ownDeals } from './own-deals.ts'
import { type MigrationInput, type MigrationPlan, makePlan } from './plan.ts'
import { registerShards } from './register-shards.ts'
import { runPlan } from './run.ts'

/** Rows of a plan that are sent at once. */
const PART = 1000

/**
 * Deals become shards: once those of Carport's own provider role, whenever asked those of a lotus-miner; and imports of
 * a Lotus client are taken over. Lotus' directories are only read, from a copy of their metadata.
 */
export class Migration {
  readonly #ports: MigrationPorts
  readonly #config: MigrationConfig
  readonly #log: Logger
  readonly #records: MigrationRecords
  readonly #deals: MigratedDeals
  readonly #closed = new AbortController()
  #running: Promise<unknown> | null = null

  constructor(ports: MigrationPorts, config: MigrationConfig) {
    this.#ports = ports
    this.#config = config
    this.#log = ports.log.child('migrator')
    this.#records = new MigrationRecords(ports.store, ports.clock)
    this.#deals = new MigratedDeals(ports.store)
  }

  /** Clears what a crash left. With `isProvider` Carport's own deals become shards, if that has not been done. */
  async start({ isProvider }: { isProvider: boolean }): Promise<void> {
    await rm(this.#config.scratchDirectory, { recursive: true, force: true })
    await Promise.all([this.#records.load(), this.#deals.load()])
    if (isProvider) await this.#migrateOwn()
  }

  /** Stops what runs. It can be done again. */
  async close(): Promise<void> {
    this.#closed.abort(new EngineError('CLOSED', 'Carport is quitting. Run the migration again: what is done is kept.'))
    await this.#running
  }

  /** The deals on a piece that migrated lotus-miners have. */
  dealsOfPiece(pieceCid: string): readonly LotusDeal[] {
    return this.#deals.of(pieceCid)
  }

  /** Says what `run` would do. */
  plan(input: MigrationInput, signal?: AbortSignal): AsyncGenerator<MigrationPlanEvent, void, void> {
    return emittedEvents<MigrationPlanEvent>(
      async (emit, work) => {
        const plan = await this.#plan(absolute(input), this.#untilClosed(work))
        emitRows(plan, emit)
        const { summary, warnings, storagePaths } = plan
        emit({ type: 'done', summary, warnings, storagePaths })
      },
      this.#ports.clock,
      signal,
    )
  }

  /** Plans and does it. LOCKED while another run is under way. */
  run(input: MigrationInput, signal?: AbortSignal): AsyncGenerator<MigrationRunEvent, void, void> {
    return emittedEvents<MigrationRunEvent>(
      (emit, work) => this.#alone(() => this.#run(absolute(input), emit, this.#untilClosed(work))),
      this.#ports.clock,
      signal,
    )
  }

  async status(): Promise<MigrationStatus> {
    const { markerPath } = this.#config
    return {
      complete: await isMarkedComplete(markerPath),
      markerPath,
      running: this.#running !== null,
      records: this.#records.list(),
      lotusStoragePaths: [...this.#ports.lotusStoragePaths()],
    }
  }

  async #plan(input: MigrationInput, work: LongWorkOptions): Promise<MigrationPlan> {
    await mkdir(this.#config.scratchDirectory, { recursive: true, mode: 0o700 })
    return makePlan(input, this.#ports, this.#config, work)
  }

  async #run(input: MigrationInput, emit: (event: MigrationRunEvent) => void, work: LongWorkOptions): Promise<void> {
    const record = await this.#records.begin(input.lotusMiner ?? input.lotus ?? 'own')
    const done = await this.#recorded(record, async () => {
      const plan = await this.#plan(input, work)
      emitRows(plan, emit)
      const context = { ports: this.#ports, config: this.#config, deals: this.#deals, log: this.#log, record, emit }
      const report: MigrationReport = await runPlan(input, plan, context, work)
      return { report, summary: plan.summary, warnings: plan.warnings, storagePaths: plan.storagePaths }
    })
    emit({ type: 'done', ...done })
  }

  /** At the first start of the provider role. A failure is logged; the next start tries again. */
  async #migrateOwn(): Promise<void> {
    const { markerPath } = this.#config
    try {
      if (await isMarkedComplete(markerPath)) {
        this.#log.info('no shard migration necessary; already marked complete')
        this.#ports.log.info('no dagstore migration necessary')
        return
      }
      await this.#alone(async () => {
        const record = await this.#records.begin('own')
        await this.#recorded(record, async () => {
          await registerShards(ownDeals(this.#ports.ownDeals()), this.#ports, this.#log, {
            signal: this.#closed.signal,
            onOutcome: ({ key, outcome, error }) =>
              outcome === 'failed' ? record.failed(key, error ?? '') : record.count(outcome),
          })
          await markComplete(markerPath, this.#log)
        })
      })
      this.#ports.log.info('dagstore migration completed successfully')
    } catch (thrown) {
      const { message } = EngineError.from(thrown)
      this.#ports.log.error('failed to migrate deals to DAG store', { error: message })
    }
  }

  async #recorded<Result>(record: RunningRecord, work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work()
      await record.end('done')
      return result
    } catch (thrown) {
      const { kind, code, message } = EngineError.from(thrown)
      const isStopped = kind === 'cancelled' || code === 'CLOSED'
      await record.end(isStopped ? 'interrupted' : 'failed', isStopped ? null : message)
      throw thrown
    }
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running !== null)
      throw new EngineError('LOCKED', 'A migration is running already. Wait for it, or stop it first.')
    const running = work()
    this.#running = running.catch(() => {})
    try {
      return await running
    } finally {
      this.#running = null
    }
  }

  #untilClosed(work: Required<LongWorkOptions>): LongWorkOptions {
    return { ...work, signal: AbortSignal.any([work.signal, this.#closed.signal]) }
  }
}

function absolute({ lotusMiner, lotus }: MigrationInput): MigrationInput {
  return {
    lotusMiner: lotusMiner === null ? null : resolve(lotusMiner),
    lotus: lotus === null ? null : resolve(lotus),
  }
}

function emitRows(
  { deals, shards, imports }: MigrationPlan,
  emit: (event: Extract<MigrationPlanEvent, { type: 'rows' }>) => void,
): void {
  const rows = Math.max(deals.length, shards.length, imports.length)
  for (let from = 0; from < rows; from += PART)
    emit({
      type: 'rows',
      deals: deals.slice(from, from + PART),
      shards: shards.slice(from, from + PART),
      imports: imports.slice(from, from + PART).map(({ view }) => view),
    })
}
