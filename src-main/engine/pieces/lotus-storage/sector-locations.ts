import { JsonRecords, type Store } from '../../store/index.ts'

/** Where a deal put a piece. */
export interface SectorLocation {
  dealId: string
  /** Number of the sector; it may exceed what a number holds. */
  sector: string
  /** Offset and length in the sector, padded bytes. */
  offset: number
  length: number
  /** The provider's address (`f01000`, `t01000`); null where it is not told: then any provider's sector will do. */
  provider: string | null
}

/** Port: Lotus' piece store, which knows the sectors of each piece. */
export interface SectorLocations {
  /** By v1 piece CID; empty where none is known. */
  find(pieceCid: string): Promise<SectorLocation[]>
  entries(): AsyncIterable<[pieceCid: string, locations: SectorLocation[]]>
}

interface LocationsRecord {
  version: 1
  locations: SectorLocation[]
}

/** Locations as a migration took them over from a lotus-miner repository. */
export class RecordedSectorLocations implements SectorLocations {
  readonly #records: JsonRecords<LocationsRecord>

  /** Keeps them under `/pieces/sectors`. */
  constructor(store: Store) {
    this.#records = new JsonRecords(store, '/pieces/sectors')
  }

  async find(pieceCid: string): Promise<SectorLocation[]> {
    return (await this.#records.get(pieceCid))?.locations ?? []
  }

  /** Replaces what is known of a piece. */
  put(pieceCid: string, locations: SectorLocation[]): Promise<void> {
    return this.#records.put(pieceCid, { version: 1, locations })
  }

  /** As `put`, for many pieces at once. */
  putAll(pieces: Array<[pieceCid: string, locations: SectorLocation[]]>): Promise<void> {
    return this.#records.putAll(pieces.map(([pieceCid, locations]) => [pieceCid, { version: 1, locations }]))
  }

  async *entries(): AsyncGenerator<[pieceCid: string, locations: SectorLocation[]], void, void> {
    for await (const [pieceCid, { locations }] of this.#records.entries()) yield [pieceCid, locations]
  }
}
