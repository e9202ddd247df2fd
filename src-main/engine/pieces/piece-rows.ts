import type { CID } from 'multiformats/cid'
import type { LotusDeal, PieceView } from '../../../src-shared/contract/index.ts'
import { Table } from '../base/index.ts'
import type { PieceSourceKind } from './piece-source.ts'

/** What other modules know of a piece, for its row. */
export interface PieceLinks {
  hasShard(pieceCid: string): boolean
  /** Ids of the deals on this piece. */
  deals(pieceCid: string): string[]
  /** Deals of migrated lotus-miners on this piece. */
  lotusDeals(pieceCid: string): readonly LotusDeal[]
}

/** A row without what other modules add. */
export type PieceRow = Omit<PieceView, 'hasShard' | 'deals' | 'lotusDeals'>

const STATE_ORDER = ['unsealed', 'sealed-only', 'missing'] as const
const NO_LINKS: PieceLinks = { hasShard: () => false, deals: () => [], lotusDeals: () => [] }

/**
 * The rows of every piece that is known by name, whichever source has it. A piece that several sources have is shown
 * once, by its best copy.
 */
export class PieceRows {
  readonly table = new Table<PieceView>((row) => row.pieceCid)
  readonly #bySource = new Map<string, Map<PieceSourceKind, PieceRow>>()
  #links = NO_LINKS

  /** Says who knows of shards and deals. */
  setLinks(links: PieceLinks): void {
    this.#links = links
    for (const pieceCid of this.#bySource.keys()) this.refresh(pieceCid)
  }

  set(row: PieceRow): void {
    const copies = this.#bySource.get(row.pieceCid) ?? new Map<PieceSourceKind, PieceRow>()
    copies.set(row.source, row)
    this.#bySource.set(row.pieceCid, copies)
    this.refresh(row.pieceCid)
  }

  delete(pieceCid: string, source: PieceSourceKind): void {
    const copies = this.#bySource.get(pieceCid)
    if (copies?.delete(source) !== true) return
    if (copies.size === 0) this.#bySource.delete(pieceCid)
    this.refresh(pieceCid)
  }

  /** Renews the row of a piece whose shard or deals changed. */
  refresh(pieceCid: CID | string): void {
    const key = pieceCid.toString()
    const best = [...(this.#bySource.get(key)?.values() ?? [])].sort(byState)[0]
    if (best === undefined) this.table.delete(key)
    else
      this.table.set({
        ...best,
        hasShard: this.#links.hasShard(key),
        deals: this.#links.deals(key),
        lotusDeals: [...this.#links.lotusDeals(key)],
      })
  }

  /** Every piece, by piece CID. */
  list(): PieceView[] {
    return this.table.rows().sort((a, b) => (a.pieceCid < b.pieceCid ? -1 : 1))
  }
}

/** Carport's own directory comes first among equals. */
function byState(a: PieceRow, b: PieceRow): number {
  const order = STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state)
  return order !== 0 ? order : Number(b.source === 'directory') - Number(a.source === 'directory')
}
