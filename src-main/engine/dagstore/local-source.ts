import { FileReader, type RandomAccessReader } from '../base/index.ts'
import { Fr32Reader } from '../commp/index.ts'
import type { MountReader, PaddedPart } from './mount/mount.ts'

/** Bytes on this machine, as a worker is told of them to open them itself. */
export interface LocalSource {
  path: string
  /** Where in the file they are, fr32-padded, as in an unsealed sector; null: they are the file. */
  padded: PaddedPart | null
}

/** null where the bytes are not in a file of this machine. */
export function localSourceOf({ path, padded, backing }: MountReader): LocalSource | null {
  if (path !== undefined) return { path, padded: null }
  return padded === undefined || backing === undefined ? null : { path: backing.path, padded }
}

export function openLocalSource({ path, padded }: LocalSource): RandomAccessReader {
  const file = FileReader.open(path)
  return padded === null ? file : new Fr32Reader(file, padded.offset, padded.length)
}
