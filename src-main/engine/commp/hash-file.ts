import type { LongWorkOptions, TaskRunner } from '../base/index.ts'
import type { PieceCommitment } from './piece-tree.ts'

/** Commitment of the bytes of a file as they are. Workers read the file themselves. */
export function hashFile(_path: string, _tasks: TaskRunner, _options: LongWorkOptions = {}): Promise<PieceCommitment> {
  return Promise.reject(new Error('pending'))
}

/** Root of one chunk of a file, for `commitmentFromChunks`: chunks may be hashed in any order as they arrive. */
export function hashFileChunk(
  _file: { path: string; offset: number; length: number },
  _tasks: TaskRunner,
  _options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  return Promise.reject(new Error('pending'))
}
