import type { CID } from 'multiformats/cid'
import type { OpenWritableFile } from './writable-file.ts'

export interface ReadWriteOptions {
  /** Roots of the header; on resume the file must have the same, in any order. */
  roots: readonly CID[]
  /** Store blocks with identity CIDs, and say in the header that every section is indexed. Default false: they are answered from the CID. */
  storeIdentity?: boolean
  /** Tell blocks apart by whole CID. Default false: by multihash, whatever the codec. */
  wholeCids?: boolean
  /** Append blocks that are there already. Default false. */
  allowDuplicates?: boolean
  /** Write a CARv1: no pragma, no header, no index. Default false. */
  carV1?: boolean
  /** Zero bytes between the CARv2 header and the payload. Default 0 for a new file, what the file has on resume. */
  dataPadding?: number
  /** Zero bytes between the payload and the index. Default 0. */
  indexPadding?: number
  /** Default 0x0401. */
  indexCodec?: 0x0400 | 0x0401
  /** Largest section (CID and data) that is taken or read. Default 8 MiB, as go-car's. */
  maxSectionBytes?: number
  /** Largest CID. Default 2048. */
  maxCidBytes?: number
  /** On resume, take a section of length zero as the end, as in a CAR padded to a piece; it and what follows is cut. */
  zeroLengthSectionAsEnd?: boolean
  /**
   * `syncedPayloadSize` as of the last `sync`, where the caller kept it. Sections after it are all hashed on resume, and
   * cut from the first bad one on. Without it the last 64 MiB are hashed, and damage other than a torn end is refused.
   */
  syncedPayloadSize?: number
  /** Cut a damaged file at its first bad section, and a payload that is shorter than the header says at its last good one. Default false: refuse. */
  repair?: boolean
  signal?: AbortSignal
  /** What the file is opened with. */
  openFile?: OpenWritableFile
  /** How much is gathered before it is written. Default 4 MiB. */
  stagingBytes?: number
}

/** Why the end of a file was cut on resume. */
export type CutReason =
  | 'torn-section' // the last write did not end
  | 'torn-creation' // the file was being created
  | 'zeros' // space was reserved, and nothing written to it
  | 'unfinished-index' // it stopped while being finalized
  | 'finalized-index' // it was finalized; the index is written anew
  | 'damaged' // bytes that do not hash to their CID, or are no section
  | 'padding' // zeros after the last section of a padded CAR

/** What opening found, and did. */
export interface RecoveryReport {
  /** Whether the file was there already. */
  resumed: boolean
  /** Whether it had been finalized. */
  wasFinalized: boolean
  /** Blocks taken over. */
  blockCount: number
  /** Bytes cut from the end of the file, 0 when it was clean. */
  cutBytes: number
  cutReason: CutReason | null
  /** Blocks whose hash was compared. */
  verifiedBlocks: number
}
