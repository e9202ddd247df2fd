import { EngineError, throwIfAborted } from '../../base/index.ts'
import { lotusStoragePaths, type SectorLocation } from '../../pieces/index.ts'
import type { Store } from '../../store/index.ts'
import { cidText, decodeStruct, integerText, isStruct, type LotusStruct, smallInteger } from './lotus-cbor.ts'
import { type SnapshotOptions, withMetadata } from './metadata-snapshot.ts'

/** A provider's storage deal, as far as a migration needs it. */
export interface MinerDeal {
  proposalCid: string
  /** As in the deal: a piece CID v1. */
  pieceCid: string
  /** Padded. */
  pieceSize: number
  state: number
  /** Deal on the chain; "0" before it is published. */
  dealId: string
}

/** What a lotus-miner repository holds. */
export interface MinerRepository {
  /** Of the deals' namespace: 1, from Lotus v1.17 on 2. */
  dealsVersion: number
  /** In key order: that in which Lotus' migration sees them. */
  deals: MinerDeal[]
  /** The piece store: where deals put each piece. Present and empty for a piece that no deal names. */
  locations: Map<string, SectorLocation[]>
  /** `f01000`; null where the repository does not say. */
  provider: string | null
  /** Where sectors lie; empty in the repository of a markets node. */
  storagePaths: string[]
  /** What could not be read, in sentences. */
  warnings: string[]
}

const DEALS = '/deals/provider'
const PIECES = '/storagemarket/pieces'

/** Reads a copy of the repository's metadata; the repository itself is not touched. Errors as of `withMetadata`. */
export async function readMinerRepository(repository: string, options: SnapshotOptions): Promise<MinerRepository> {
  const storagePaths = await lotusStoragePaths(repository).catch((error: unknown) => {
    if (EngineError.is(error, 'INVALID_ARGUMENT')) return []
    throw error
  })
  return withMetadata(repository, options, async (store) => {
    const reader = new MetadataReader(store, options)
    const dealsVersion = await reader.versionOf(DEALS, [1, 2])
    const provider = providerOf(await store.get(Buffer.from('/miner-address')))
    const deals = await reader.all(`${DEALS}/${dealsVersion}/`, 'deal', (_key, value) => dealIn(value))
    const piecesVersion = await reader.versionOf(PIECES, [1])
    const pieces = await reader.all(`${PIECES}/${piecesVersion}/`, 'piece', (key, value) => {
      const locations = locationsIn(value, provider)
      return locations === null ? null : ([key, locations] as const)
    })
    return { dealsVersion, deals, locations: new Map(pieces), provider, storagePaths, warnings: reader.warnings }
  })
}

class MetadataReader {
  readonly warnings: string[] = []
  readonly #store: Store
  readonly #options: SnapshotOptions

  constructor(store: Store, options: SnapshotOptions) {
    this.#store = store
    this.#options = options
  }

  /** A namespace without records and without a version is an empty one of the first version. */
  async versionOf(namespace: string, known: number[]): Promise<number> {
    const value = await this.#store.get(Buffer.from(`${namespace}/versions/current`))
    if (value === undefined) {
      for await (const _ of this.#store.entries({ prefix: Buffer.from(`${namespace}/`), limit: 1 }))
        throw unsupported(namespace, 'carries no version, as in the first releases of Lotus')
      return known[0] ?? 1
    }
    const version = Number(Buffer.from(value).toString('utf8'))
    if (known.includes(version)) return version
    throw unsupported(namespace, `has version ${Buffer.from(value).toString('utf8')}`)
  }

  /** Every record below a prefix; those that cannot be read become one warning. */
  async all<Record>(
    prefix: string,
    what: string,
    parse: (key: string, value: LotusStruct) => Record | null,
  ): Promise<Record[]> {
    const records: Record[] = []
    const unreadable: string[] = []
    for await (const entry of this.#store.entries({ prefix: Buffer.from(prefix) })) {
      throwIfAborted(this.#options.signal)
      const key = Buffer.from(entry.key).toString('utf8').slice(prefix.length)
      const value = decodeStruct(entry.value)
      const record = value === null ? null : parse(key, value)
      if (record === null) unreadable.push(key)
      else records.push(record)
      this.#options.onProgress?.({ phase: `Reading ${what} records`, doneBytes: 0, totalBytes: null })
    }
    if (unreadable.length > 0) this.warnings.push(unreadableText(what, unreadable))
    return records
  }
}

/** MinerDeal: `ClientDealProposal` is [[PieceCID, PieceSize, …], signature]. */
function dealIn(deal: LotusStruct): MinerDeal | null {
  const proposal: unknown = Array.isArray(deal.ClientDealProposal) ? deal.ClientDealProposal[0] : null
  const [piece, size]: unknown[] = Array.isArray(proposal) ? proposal : []
  const pieceCid = cidText(piece)
  const proposalCid = cidText(deal.ProposalCid)
  const pieceSize = smallInteger(size)
  const state = smallInteger(deal.State)
  const dealId = integerText(deal.DealID)
  if (pieceCid === null || proposalCid === null || pieceSize === null || state === null || dealId === null) return null
  return { proposalCid, pieceCid, pieceSize, state, dealId }
}

/** PieceInfo: `Deals` is [{DealID, SectorID, Offset, Length}], padded. */
function locationsIn({ Deals }: LotusStruct, provider: string | null): SectorLocation[] | null {
  if (Deals === null) return []
  if (!Array.isArray(Deals)) return null
  const locations = Deals.map((deal: unknown): SectorLocation | null => {
    if (!isStruct(deal)) return null
    const dealId = integerText(deal.DealID)
    const sector = integerText(deal.SectorID)
    const offset = smallInteger(deal.Offset)
    const length = smallInteger(deal.Length)
    if (dealId === null || sector === null || offset === null || length === null) return null
    return { dealId, sector, offset, length, provider }
  })
  return locations.every((location) => location !== null) ? locations : null
}

/** An address of protocol 0 (an actor's id) as `f01000`. */
function providerOf(address: Uint8Array | undefined): string | null {
  if (address === undefined || address[0] !== 0) return null
  let id = 0n
  for (let at = address.length - 1; at > 0; at--) id = (id << 7n) | BigInt((address[at] ?? 0) & 0x7f)
  return `f0${id}`
}

function unsupported(namespace: string, why: string): EngineError {
  return new EngineError(
    'UNSUPPORTED',
    `The records under ${namespace} cannot be read: their form ${why}. Start Lotus once in a version from v1.11.2 to v1.27, which brings them up to date.`,
  )
}

function unreadableText(what: string, keys: string[]): string {
  const [first = ''] = keys
  return keys.length === 1
    ? `The ${what} record ${first} is damaged and was left out.`
    : `${keys.length} ${what} records are damaged and were left out, ${first} first.`
}
