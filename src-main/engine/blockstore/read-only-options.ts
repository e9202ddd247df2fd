import type { CarIndex, CarLayout, CarLimits } from '../car/index.ts'

export interface ReadOnlyOptions {
  /** Index to use instead of the embedded one; it stays the caller's to close. */
  index?: CarIndex
  /** Of the CAR, where it is known. */
  layout?: CarLayout
  /** Answer identity CIDs from the sections of the file, not from the CID itself. Default false. */
  storeIdentity?: boolean
  /** A block is found only under the CID it is stored with. Default false: under any CID with its multihash. */
  wholeCids?: boolean
  /** Take a section of length zero as the end, as in a CAR padded to a piece. */
  zeroLengthSectionAsEnd?: boolean
  limits?: CarLimits
  /** Told, as a sentence, why no stored index is used and the file was read from end to end instead. */
  onWarning?: (message: string) => void
  /** An index made by reading the file is kept in memory up to this size, in a temporary file beyond. Default 256 MiB. */
  scanInMemoryBytes?: number
  signal?: AbortSignal
}

export interface ReferenceOptions extends Omit<ReadOnlyOptions, 'storeIdentity' | 'wholeCids'> {
  /** Folder that the paths in the records are relative to. Default `/`, as in Lotus. */
  baseDir?: string
  /** Where a source lies now, given where the import says it lies: for sources that were moved. */
  resolvePath?: (path: string) => string
}
