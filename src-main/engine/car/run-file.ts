/** Sorted runs of index records that did not fit into memory: written to a temporary file, read back and merged. */

import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { allocateBytes, EngineError, temporaryPathFor } from '../base/index.ts'

/** A sorted sequence of records of one bucket, in pieces. */
export type Run = Iterator<Uint8Array>

interface StoredRun {
  position: number
  length: number
}

/** The temporary file. Its name is gone at once where the system allows it, so that a crash leaves nothing. */
export class RunFile {
  readonly #fd: number
  readonly #path: string
  #length = 0
  #isUnlinked = false

  constructor(directory: string) {
    this.#path = temporaryPathFor(join(directory, 'index-runs'))
    try {
      this.#fd = openSync(this.#path, 'wx+', 0o600)
    } catch (error) {
      throw EngineError.from(error)
    }
    if (process.platform !== 'win32') this.#unlink()
  }

  /** Writes a run, one piece with each step. */
  *write(pieces: Iterable<Uint8Array>): Generator<void, StoredRun> {
    const position = this.#length
    for (const piece of pieces) {
      this.#append(piece)
      yield
    }
    return { position, length: this.#length - position }
  }

  /** Reads a run back, `pieceBytes` (whole records of `width`) at a time; a piece is valid until the next. */
  *read(run: StoredRun, width: number, pieceBytes: number): Generator<Uint8Array> {
    const most = Math.max(1, Math.floor(pieceBytes / width)) * width
    const buffer = allocateBytes(Math.min(most, run.length))
    for (let done = 0; done < run.length; ) {
      const piece = buffer.subarray(0, Math.min(most, run.length - done))
      for (let got = 0; got < piece.length; ) {
        const n = readSync(this.#fd, piece, got, piece.length - got, run.position + done + got)
        if (n === 0) throw new EngineError('IO_ERROR', `The temporary file ${this.#path} has become shorter.`)
        got += n
      }
      done += piece.length
      yield piece
    }
  }

  close(): void {
    closeSync(this.#fd)
    this.#unlink()
  }

  #append(piece: Uint8Array): void {
    try {
      for (let done = 0; done < piece.length; )
        done += writeSync(this.#fd, piece, done, piece.length - done, this.#length + done)
    } catch (error) {
      throw EngineError.from(error)
    }
    this.#length += piece.length
  }

  #unlink(): void {
    if (this.#isUnlinked) return
    unlinkSync(this.#path)
    this.#isUnlinked = true
  }
}
