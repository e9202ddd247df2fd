import type { CID } from 'multiformats/cid'
import { EngineError, type Logger, type RandomAccessReader, throwIfAborted } from '../../base/index.ts'
import { Fr32Reader, parsePieceCid, unpaddedPieceSize } from '../../commp/index.ts'
import { pieceNotFound, pieceSealed } from '../piece-errors.ts'
import type { PieceRows } from '../piece-rows.ts'
import type { PieceCallOptions, PieceSource, PieceStat, PieceState } from '../piece-source.ts'
import { sectorFiles } from './sector-files.ts'
import type { SectorLocation, SectorLocations } from './sector-locations.ts'
import { StoragePaths } from './storage-paths.ts'
import { openUnsealedSector, type UnsealedSector } from './unsealed-sector.ts'

export interface LotusStorageOptions {
  /** Storage paths, or repositories that list them (`lotusStoragePaths`), asked in this order. */
  directories: readonly string[]
  locations: SectorLocations
  log: Logger
}

/** What looking for a piece has come to. `damage`: why an unsealed copy that is there, too, is of no use. */
type Search =
  | { state: 'unsealed'; sector: UnsealedSector; location: SectorLocation }
  | { state: 'sealed-only'; damage: EngineError | null }
  | { state: 'missing' }

/** Where a sector's sealed form may lie: as sealed, or as a snapped deal's update. */
const SEALED_FOLDERS = ['sealed', 'update']

/**
 * Pieces in the unsealed sectors of a lotus-miner, read where they lie. Reads are random access: only the units asked
 * for are unpadded. Nothing is ever unsealed, and nothing is written.
 */
export class LotusStorageSource implements PieceSource {
  readonly kind = 'lotus-storage'
  readonly #paths: StoragePaths
  readonly #locations: SectorLocations
  readonly #log: Logger

  constructor({ directories, locations, log }: LotusStorageOptions) {
    this.#paths = new StoragePaths(directories)
    this.#locations = locations
    this.#log = log
  }

  /** MOUNT_UNAVAILABLE where it cannot be told: what might hold the piece is not there, or cannot be read. */
  async stat(pieceCid: CID, options: PieceCallOptions = {}): Promise<PieceStat> {
    return (await this.#examine(parsePieceCid(pieceCid).pieceCid.toString(), options)).stat
  }

  /** Also MOUNT_UNAVAILABLE, as of `stat`. */
  async open(pieceCid: CID, options: PieceCallOptions = {}): Promise<RandomAccessReader> {
    const key = parsePieceCid(pieceCid).pieceCid.toString()
    const found = await this.#search(await this.#locate(key, options))
    if (found.state === 'missing') throw pieceNotFound(key)
    if (found.state === 'sealed-only') throw pieceSealed(key, found.damage)
    return new Fr32Reader(found.sector.reader, found.location.offset, found.location.length)
  }

  /**
   * Brings the rows of all pieces that are known by location in line with what is on disk. Their path is that of the
   * sector's file. A piece of which nothing can be told is shown as missing.
   */
  async refreshRows(rows: PieceRows, { signal }: PieceCallOptions = {}): Promise<void> {
    for await (const [pieceCid, locations] of this.#locations.entries()) {
      throwIfAborted(signal)
      if (locations.length === 0) continue
      const { stat, sectorPath } = await this.#examine(pieceCid, { signal }).catch((thrown: unknown) => {
        const error = EngineError.from(thrown)
        if (error.kind === 'cancelled') throw error
        this.#log.warn('a piece in a sector cannot be looked at', { pieceCid, error: error.message })
        return { stat: statOf('missing', locations[0]), sectorPath: null }
      })
      rows.set({ ...stat, path: sectorPath, pieceCid, pieceCidV2: null, addedAt: null })
    }
  }

  async #examine(key: string, options: PieceCallOptions): Promise<{ stat: PieceStat; sectorPath: string | null }> {
    const locations = await this.#locate(key, options)
    const found = await this.#search(locations)
    if (found.state !== 'unsealed') return { stat: statOf(found.state, locations[0]), sectorPath: null }
    await found.sector.reader.close()
    return { stat: statOf('unsealed', found.location), sectorPath: found.sector.reader.path }
  }

  async #locate(key: string, { signal }: PieceCallOptions): Promise<SectorLocation[]> {
    throwIfAborted(signal)
    return this.#locations.find(key)
  }

  /**
   * The first unsealed copy that can be read; without one, whether there is a sealed copy. Damaged files are passed over
   * with a warning. What cannot be read at the moment is an error rather than a piece that is missing.
   */
  async #search(locations: SectorLocation[]): Promise<Search> {
    if (locations.length === 0) return { state: 'missing' }
    const { present, absent } = await this.#paths.find()
    const troubles: EngineError[] = []
    for (const location of locations)
      for (const path of await sectorFiles(present, 'unsealed', location, troubles)) {
        const sector = await this.#tryOpen(path, troubles)
        if (sector === null) continue
        if (isAligned(location) && sector.has(location.offset, location.length))
          return { state: 'unsealed', sector, location }
        await sector.reader.close()
      }
    const unreadable = troubles.find(({ code }) => code !== 'STORE_CORRUPT')
    if (unreadable !== undefined) throw unavailable(unreadable)
    const damage = troubles[0] ?? null
    for (const location of locations)
      for (const folder of SEALED_FOLDERS)
        if ((await sectorFiles(present, folder, location, troubles)).length > 0) return { state: 'sealed-only', damage }
    if (troubles[0] !== undefined) throw unavailable(troubles[0])
    if (absent[0] !== undefined) throw notThere(absent[0], locations)
    return { state: 'missing' }
  }

  async #tryOpen(path: string, troubles: EngineError[]): Promise<UnsealedSector | null> {
    try {
      return await openUnsealedSector(path)
    } catch (thrown) {
      const error = EngineError.from(thrown)
      if (error.code === 'FILE_NOT_FOUND') return null
      this.#log.warn('an unsealed sector cannot be read', { path, error: error.message })
      troubles.push(error)
      return null
    }
  }
}

function statOf(state: PieceState, location: SectorLocation | undefined): PieceStat {
  const pieceSize = location?.length ?? null
  const sizeBytes = pieceSize === null ? null : unpaddedPieceSize(pieceSize)
  return { source: 'lotus-storage', state, sizeBytes, pieceSize, path: null }
}

/** A location that is off the grid of 128 bytes comes from a damaged record. */
function isAligned({ offset, length }: SectorLocation): boolean {
  return offset >= 0 && length > 0 && offset % 128 === 0 && length % 128 === 0
}

function unavailable(cause: EngineError): EngineError {
  return new EngineError('MOUNT_UNAVAILABLE', `${cause.message} The piece lies in it: mend that, and try again.`, {
    cause,
    details: cause.details,
  })
}

function notThere(path: string, locations: SectorLocation[]): EngineError {
  const sectors = [...new Set(locations.map(({ sector }) => sector))].join(', ')
  return new EngineError(
    'MOUNT_UNAVAILABLE',
    `No file of sector ${sectors} can be found, and the storage path ${path} cannot be reached: attach its disk, or take it out of storage.json and the setting Pieces.LotusStoragePaths.`,
    { details: { path } },
  )
}
