import { resolve } from 'node:path'
import type { ImportCheck, ImportKind, ImportView } from '../../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions, type TaskRunner } from '../base/index.ts'
import { deepCheck } from './deep-check.ts'
import { findSource } from './find-source.ts'
import type { ImportJobs } from './import-jobs.ts'
import { type ImportLedger, rootOf } from './import-ledger.ts'
import type { ImportRecord } from './import-record.ts'
import { writeDense, writeLinked, writtenFacts } from './write-import.ts'

type WorkOptions = Required<LongWorkOptions> & { tasks: TaskRunner }

/** Ways to find out what is wrong with an import, and to mend it. */
export class ImportRemedies {
  readonly #ledger: ImportLedger
  readonly #jobs: ImportJobs
  readonly #carPathOf: (id: string) => string

  constructor(ledger: ImportLedger, jobs: ImportJobs, carPathOf: (id: string) => string) {
    this.#ledger = ledger
    this.#jobs = jobs
    this.#carPathOf = carPathOf
  }

  /** Reads and hashes every block of the imports named. */
  async checkDeep(ids: string[], signal?: AbortSignal): Promise<void> {
    for (const id of ids) {
      const record = this.#ledger.record(id)
      if (record?.state !== 'ready' || this.#ledger.view(id).health === 'broken') continue
      await this.#run(id, signal, async (options) => {
        const { blockstore, release } = await this.#ledger.open(record)
        try {
          this.#ledger.show(record, await deepCheck(record, rootOf(record), blockstore, options))
        } finally {
          await release()
        }
      })
    }
  }

  /** Counts the health of imports. */
  summary(ids: string[]): ImportCheck {
    const items = ids.map((id) => this.#ledger.view(id))
    const count = (health: ImportView['health']) => items.filter((view) => view.health === health).length
    return { checked: items.length, ok: count('ok'), attention: count('attention'), broken: count('broken'), items }
  }

  /** Says where the source of a linked import is now, once its content has been found to be the same. */
  relink(input: { id: string; path: string }, signal?: AbortSignal): Promise<ImportView> {
    return this.#change(input.id, ['linked'], signal, async (record, options) => {
      const source = await findSource(record, resolve(input.path), options)
      const profile = record.profile ?? 'unixfs-v1-2025'
      const written = await writeLinked(source, this.#carPathOf(record.id), { ...options, profile })
      return { source, ...writtenFacts(written) }
    })
  }

  /** Copies the content of a linked import into its CAR, so that the source is no longer needed. */
  materialise(input: { id: string }, signal?: AbortSignal): Promise<ImportView> {
    return this.#change(input.id, ['linked'], signal, async (record, options) => {
      const { blockstore, release } = await this.#ledger.open(record)
      try {
        const carPath = this.#carPathOf(record.id)
        const { sizeBytes } = record
        const { carSizeBytes } = await writeDense(blockstore, rootOf(record), carPath, { ...options, sizeBytes })
        return { kind: 'self-contained', carPath, ownsCar: true, carSizeBytes }
      } finally {
        await release()
      }
    })
  }

  /** Changes an import that is on disk. Record and row are as before when that fails. */
  async #change(
    id: string,
    kinds: ImportKind[],
    signal: AbortSignal | undefined,
    change: (record: ImportRecord, options: WorkOptions) => Promise<Partial<ImportRecord>>,
  ): Promise<ImportView> {
    this.#ledger.assertUnread(id)
    const before = this.#ledger.view(id)
    const record = this.#ledger.record(id)
    if (record?.state !== 'ready')
      throw new EngineError('IMPORT_BUSY', 'This import is not on disk yet.', { details: { id } })
    if (!kinds.includes(record.kind))
      throw new EngineError('UNSUPPORTED', 'Only a linked import depends on its source; this one has its own copy.')
    await this.#run(
      id,
      signal,
      async (options) => {
        const changed: ImportRecord = { ...record, ...(await change(record, options)) }
        await this.#ledger.save(changed, { health: 'ok', problem: null })
      },
      () => this.#ledger.table.set({ ...before, progress: null }),
    )
    return this.#ledger.view(id)
  }

  async #run(
    id: string,
    signal: AbortSignal | undefined,
    work: (options: WorkOptions) => Promise<void>,
    undo: () => void = () => {},
  ): Promise<void> {
    const cancel = () => void this.#jobs.cancel(id)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await this.#jobs.start(id, work, async () => undo())
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }
}
