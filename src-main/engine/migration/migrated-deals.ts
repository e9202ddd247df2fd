import type { LotusDeal, MigrationDeal } from '../../../src-shared/contract/index.ts'
import { type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'

interface DealsRecord {
  version: 1
  deals: readonly LotusDeal[]
}

/** Pieces whose deals are noted in one batch. */
const NOTES = 1000
const NONE: readonly LotusDeal[] = []

/** The deals of lotus-miners that were migrated, by piece: Carport made none of them, and tells of them all the same. */
export class MigratedDeals {
  readonly #records: JsonRecords<DealsRecord>
  readonly #byPiece = new Map<string, readonly LotusDeal[]>()

  /** Keeps them under `/migration-deals`. */
  constructor(store: Store) {
    this.#records = new JsonRecords(store, '/migration-deals')
  }

  async load(): Promise<void> {
    for await (const [pieceCid, { deals }] of this.#records.entries()) this.#byPiece.set(pieceCid, deals)
  }

  of(pieceCid: string): readonly LotusDeal[] {
    return this.#byPiece.get(pieceCid) ?? NONE
  }

  /** A deal that is known already is brought up to date; those of other miners stay known. */
  async note(found: readonly MigrationDeal[], { signal }: LongWorkOptions): Promise<void> {
    const changed = new Map<string, Map<string, LotusDeal>>()
    for (const { pieceCid, proposalCid, dealId, state, stateName } of found) {
      const deals = changed.get(pieceCid) ?? new Map(this.of(pieceCid).map((deal) => [deal.proposalCid, deal]))
      deals.set(proposalCid, { proposalCid, dealId, state: stateName || `State ${state}` })
      changed.set(pieceCid, deals)
    }
    const pieces = Array.from(changed, ([pieceCid, deals]) => [pieceCid, [...deals.values()]] as const)
    for (let from = 0; from < pieces.length; from += NOTES) {
      throwIfAborted(signal)
      const part = pieces.slice(from, from + NOTES)
      await this.#records.putAll(part.map(([pieceCid, deals]) => [pieceCid, { version: 1, deals }]))
      for (const [pieceCid, deals] of part) this.#byPiece.set(pieceCid, deals)
    }
  }
}
