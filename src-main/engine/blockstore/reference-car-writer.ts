/**
 * Writes a linked import in the newest form that Lotus wrote (1.19 to 1.27) and Boost writes: sha2-256 keys, index
 * 0x0401, fully indexed, told apart by whole CID. Spec: car-formats 6.6.
 */
import { resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import { isIdentity } from '../car/index.ts'
import {
  encodeReference,
  REFERENCE_MULTIHASH_START,
  referenceKeyBytes,
  type SourceRange,
  toRecordPath,
} from './reference-record.ts'
import { type FinishedCar, RootLastCarWriter } from './root-last-car-writer.ts'
import type { OpenWritableFile } from './writable-file.ts'

export interface ReferenceWriterOptions {
  /** Folder that the paths in the records are relative to. Default `/`, as in Lotus, which resolves against nothing else. */
  baseDir?: string
  openFile?: OpenWritableFile
}

export class ReferenceCarWriter {
  readonly #car: RootLastCarWriter
  readonly #baseDir: string
  #lastPath = ''
  #lastRecordPath = ''

  private constructor(car: RootLastCarWriter, baseDir: string) {
    this.#car = car
    this.#baseDir = baseDir
  }

  /** Nothing is at `path` before `finish`. */
  static async create(path: string, options: ReferenceWriterOptions = {}): Promise<ReferenceCarWriter> {
    const car = await RootLastCarWriter.create(path, { key: 'cid', fullyIndexed: true, openFile: options.openFile })
    return new ReferenceCarWriter(car, options.baseDir ?? '/')
  }

  /** References and nodes written, without identity CIDs and repetitions. */
  get blockCount(): number {
    return this.#car.blockCount
  }

  /** Notes where the bytes of a leaf lie. The first place stands for a leaf that comes again. Identity leaves need none. */
  async reference(leaf: CID, range: SourceRange): Promise<void> {
    if (isIdentity(leaf)) return
    if (range.path === '')
      throw new EngineError('INVALID_ARGUMENT', 'A stream cannot be referenced: it is gone once it was read.')
    const record = encodeReference(this.#recordPath(range.path), range.offset, range.size)
    await this.#car.addSection(referenceKeyBytes(leaf), REFERENCE_MULTIHASH_START, record)
  }

  /** Stores a node in full. The bytes are not checked again. Identity nodes need no storing. */
  async node(cid: CID, bytes: Uint8Array): Promise<void> {
    if (!isIdentity(cid)) await this.#car.add(cid, bytes)
  }

  /** Completes the file, durably, under its name. */
  finish(root: CID): Promise<FinishedCar> {
    return this.#car.finish([root])
  }

  /** Takes away what was written; after `finish` it does nothing. */
  discard(): Promise<void> {
    return this.#car.discard()
  }

  /** Leaves come in runs from one file. */
  #recordPath(path: string): string {
    if (path !== this.#lastPath) {
      this.#lastRecordPath = toRecordPath(resolve(path), this.#baseDir)
      this.#lastPath = path
    }
    return this.#lastRecordPath
  }
}
