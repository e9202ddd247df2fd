/** Writes an ordinary CARv2 of a DAG whose root is known only at the end: a self-contained import. */
import type { CID } from 'multiformats/cid'
import { isIdentity } from '../car/index.ts'
import { type FinishedCar, RootLastCarWriter } from './root-last-car-writer.ts'
import type { OpenWritableFile } from './writable-file.ts'

export class SelfContainedCarWriter {
  readonly #car: RootLastCarWriter

  private constructor(car: RootLastCarWriter) {
    this.#car = car
  }

  /** Nothing is at `path` before `finish`. */
  static async create(path: string, options: { openFile?: OpenWritableFile } = {}): Promise<SelfContainedCarWriter> {
    return new SelfContainedCarWriter(
      await RootLastCarWriter.create(path, { key: 'cid', fullyIndexed: false, openFile: options.openFile }),
    )
  }

  get blockCount(): number {
    return this.#car.blockCount
  }

  /** Stores a block unless it is there. The bytes are not checked again. Identity blocks need no storing. */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
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
}
