import type { TaskRunner } from '../base/index.ts'
import type { PieceCommitment } from './piece-tree.ts'

export interface PieceHasherOptions {
  signal?: AbortSignal
  /** Roots of the first chunks, from an earlier run: `update` then goes on behind them. */
  restore?: readonly Uint8Array[]
  /** Told each chunk's root, in order, as soon as it is known; `length` is its payload bytes. For a journal. */
  onChunk?: (index: number, root: Uint8Array, length: number) => void
}

/** Computes the commitment of a stream of bytes that come in pieces of any size. */
export class PieceHasher {
  constructor(_tasks: TaskRunner, _options: PieceHasherOptions = {}) {}
  /** Payload bytes taken so far, restored chunks included. */
  readonly rawSize: number = 0
  /** Takes the next bytes (copied). Waits while the workers are behind. */
  async update(_bytes: Uint8Array): Promise<void> {}
  /** PIECE_TOO_SMALL under 65 bytes. */
  finish(): Promise<PieceCommitment> {
    return Promise.reject(new Error('pending'))
  }
  /** Gives up what is in flight. */
  async abort(): Promise<void> {}
}
