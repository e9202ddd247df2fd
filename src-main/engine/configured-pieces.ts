import type { CID } from 'multiformats/cid'
import { type Clock, EngineError, type Logger, TaskQueue } from './base/index.ts'
import type { Config } from './config/index.ts'
import {
  type DirectoryPieceStore,
  HttpPieceSource,
  LotusStorageSource,
  lotusStoragePaths,
  type PieceRows,
  PieceSources,
  type RecordedSectorLocations,
  type SectorLocation,
} from './pieces/index.ts'

export interface ConfiguredPiecesPorts {
  config: Config
  /** Carport's own pieces: asked first. */
  own: DirectoryPieceStore
  rows: PieceRows
  /** Which sectors hold which piece, as migrations took it over. */
  locations: RecordedSectorLocations
  clock: Clock
  log: Logger
}

/**
 * Every place that pieces are read from, as the settings name them: Carport's own directory, Lotus storage paths, HTTP
 * piece servers. Follows changes of the settings.
 */
export class ConfiguredPieces {
  readonly sources: PieceSources
  readonly #ports: ConfiguredPiecesPorts
  readonly #closed = new AbortController()
  readonly #changes = new TaskQueue()
  #lotus: LotusStorageSource
  #servers: HttpPieceSource[] = []
  #listed: Promise<void> | null = null

  private constructor(ports: ConfiguredPiecesPorts) {
    this.#ports = ports
    this.#lotus = this.#lotusStorage([])
    this.sources = new PieceSources({
      sources: [ports.own],
      maxConcurrentCalls: ports.config.values.DAGStore.MaxConcurrencyStorageCalls,
      log: ports.log,
    })
  }

  static async open(ports: ConfiguredPiecesPorts): Promise<ConfiguredPieces> {
    const pieces = new ConfiguredPieces(ports)
    await pieces.configure()
    return pieces
  }

  /** As the settings name them now. */
  get servers(): readonly HttpPieceSource[] {
    return this.#servers
  }

  /** The sectors that hold a piece, as a migrated lotus-miner noted them. */
  sectorsOf(pieceCid: CID): Promise<SectorLocation[]> {
    return this.#ports.locations.find(pieceCid.toString())
  }

  /** Applies the settings as they are now. A place that is not there is warned of, and read once it is. */
  configure(): Promise<void> {
    return this.#changes.run(async () => {
      const { own, clock, config } = this.#ports
      const { DAGStore, Pieces } = config.values
      this.sources.concurrency = DAGStore.MaxConcurrencyStorageCalls
      await this.#warnOfAbsent(Pieces.LotusStoragePaths)
      this.#lotus = this.#lotusStorage(Pieces.LotusStoragePaths)
      const servers = Pieces.HttpServers
      this.#servers = servers.map((baseUrl) => new HttpPieceSource({ baseUrl, servers, clock }))
      this.sources.sources = [own, this.#lotus, ...this.#servers]
    })
  }

  /** Resolves when the rows show what was there at the start. */
  async listed(): Promise<void> {
    await this.#listed
  }

  /** Brings the rows of pieces in Lotus' sectors in line with the disk. Stops when closed. */
  refreshRows(): Promise<void> {
    const refreshed = this.#changes.run(async () => {
      try {
        await this.#lotus.refreshRows(this.#ports.rows, { signal: this.#closed.signal })
      } catch (error) {
        const { kind, message } = EngineError.from(error)
        if (kind !== 'cancelled') this.#ports.log.warn('pieces in sectors cannot be listed', { error: message })
      }
    })
    this.#listed ??= refreshed
    return refreshed
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#changes.drained()
  }

  async #warnOfAbsent(directories: string[]): Promise<void> {
    for (const directory of directories)
      await lotusStoragePaths(directory).catch((error: unknown) => {
        const { message } = EngineError.from(error)
        this.#ports.log.warn('a Lotus storage path is not there', { path: directory, error: message })
      })
  }

  #lotusStorage(directories: string[]): LotusStorageSource {
    const { locations, log } = this.#ports
    return new LotusStorageSource({ directories, locations, log })
  }
}
