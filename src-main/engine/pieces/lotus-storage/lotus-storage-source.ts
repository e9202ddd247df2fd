import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError, type Logger, type RandomAccessReader, throwIfAborted } from '../../base/index.ts'
import { Fr32Reader, parsePieceCid, unpaddedPieceSize } from '../../commp/index.ts'
import { pieceNotFound, pieceSealed } from '../piece-errors.ts'
import type { PieceRows } from '../piece-rows.ts'
import type { PieceCallOptions, PieceSource, PieceStat, PieceState } from '../piece-source.ts'
import type { SectorLocation, SectorLocations } from './sector-locations.ts'
import { openUnsealedSector, type UnsealedSector } from './unsealed-sector.ts'

export interface LotusStorageOptions {
  /** Storage paths (`lotusStoragePaths`), asked in this order. */
  paths: readonly string[]
  locations: SectorLocations
  log: Logger
}

interface FoundCopy {
  sector: UnsealedSector
  location: SectorLocation
}

/** Where a sector's sealed form may lie: as sealed, or as a snapped deal's update. */
const SEALED_FOLDERS = ['sealed', 'update']

/**
 * Pieces in the unsealed sectors of a lotus-miner, read where they lie. Reads are random access: only the units asked
 * for are unpadded. Nothing is ever unsealed, and nothing is written.
 */
export class LotusStorageSource implements PieceSource {
  readonly kind = 'lotus-storage'
  readonly #options: LotusStorageOptions

  constructor(options: LotusStorageOptions) {
    this.#options = options
  }

  async stat(pieceCid: CID, options: PieceCallOptions = {}): Promise<PieceStat> {
    return (await this.#examine(pieceCid, options)).stat
  }

  async open(pieceCid: CID, options: PieceCallOptions = {}): Promise<RandomAccessReader> {
    const locations = await this.#locate(pieceCid, options)
    const copy = await this.#findUnsealed(locations)
    if (copy !== null) return new Fr32Reader(copy.sector.reader, copy.location.offset, copy.location.length)
    const key = parsePieceCid(pieceCid).pieceCid.toString()
    throw (await this.#stateWithoutCopy(locations)) === 'sealed-only' ? pieceSealed(key) : pieceNotFound(key)
  }

  /**
   * Brings the rows of all pieces that are known by location in line with what is on disk. Their path is that of the
   * sector's file.
   */
  async refreshRows(rows: PieceRows, { signal }: PieceCallOptions = {}): Promise<void> {
    for await (const [pieceCid, locations] of this.#options.locations.entries()) {
      throwIfAborted(signal)
      if (locations.length === 0) continue
      const { stat, sectorPath } = await this.#examine(parsePieceCid(pieceCid).pieceCid, { signal })
      rows.set({ ...stat, path: sectorPath, pieceCid, pieceCidV2: null, addedAt: null })
    }
  }

  async #examine(pieceCid: CID, options: PieceCallOptions): Promise<{ stat: PieceStat; sectorPath: string | null }> {
    const locations = await this.#locate(pieceCid, options)
    const copy = await this.#findUnsealed(locations)
    await copy?.sector.reader.close()
    const pieceSize = (copy?.location ?? locations[0])?.length ?? null
    const stat: PieceStat = {
      source: 'lotus-storage',
      state: copy === null ? await this.#stateWithoutCopy(locations) : 'unsealed',
      sizeBytes: pieceSize === null ? null : unpaddedPieceSize(pieceSize),
      pieceSize,
      path: null,
    }
    return { stat, sectorPath: copy?.sector.reader.path ?? null }
  }

  async #locate(pieceCid: CID, { signal }: PieceCallOptions): Promise<SectorLocation[]> {
    throwIfAborted(signal)
    return this.#options.locations.find(parsePieceCid(pieceCid).pieceCid.toString())
  }

  /** The first copy that can be read; a sector file that is damaged is passed over with a warning. */
  async #findUnsealed(locations: SectorLocation[]): Promise<FoundCopy | null> {
    for (const location of locations)
      for (const path of await this.#sectorFiles('unsealed', location)) {
        const sector = await this.#tryOpen(path)
        if (sector === null) continue
        if (isAligned(location) && sector.has(location.offset, location.length)) return { sector, location }
        await sector.reader.close()
      }
    return null
  }

  async #tryOpen(path: string): Promise<UnsealedSector | null> {
    try {
      return await openUnsealedSector(path)
    } catch (thrown) {
      const { message } = EngineError.from(thrown)
      this.#options.log.warn('an unsealed sector cannot be read', { path, error: message })
      return null
    }
  }

  async #stateWithoutCopy(locations: SectorLocation[]): Promise<PieceState> {
    for (const location of locations)
      for (const folder of SEALED_FOLDERS)
        if ((await this.#sectorFiles(folder, location)).length > 0) return 'sealed-only'
    return 'missing'
  }

  /** `<storage path>/<folder>/s-t0<miner>-<sector>`, wherever it exists. */
  async #sectorFiles(folder: string, { provider, sector }: SectorLocation): Promise<string[]> {
    const directories = this.#options.paths.map((path) => join(path, folder))
    const miner = /^[ft]0(\d+)$/.exec(provider ?? '')?.[1]
    if (miner !== undefined)
      return directories
        .map((directory) => join(directory, `s-t0${miner}-${sector}`))
        .filter((path) => existsSync(path))
    const found: string[] = []
    for (const directory of directories)
      for (const name of await readdir(directory).catch(() => []))
        if (/^s-t0\d+-\d+$/.test(name) && name.endsWith(`-${sector}`)) found.push(join(directory, name))
    return found
  }
}

/** A location that is off the grid of 128 bytes comes from a damaged record. */
function isAligned({ offset, length }: SectorLocation): boolean {
  return offset >= 0 && length > 0 && offset % 128 === 0 && length % 128 === 0
}
