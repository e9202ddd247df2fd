/** Writes a CARv1 as a stream: into a socket, a pipe, any sink. */
import type { CID } from 'multiformats/cid'
import { throwIfAborted } from '../base/index.ts'
import { encodeCarHeader } from './car-v1-header.ts'
import { sectionHead } from './section.ts'

export interface CarBlock {
  cid: CID
  bytes: Uint8Array
}

const CHUNK_BYTES = 256 * 1024

/**
 * The bytes of a CARv1 with these roots and blocks, in chunks. Small blocks are put together into chunks of 256 KiB;
 * large ones pass without being copied.
 */
export async function* encodeCar(
  roots: readonly CID[],
  blocks: AsyncIterable<CarBlock> | Iterable<CarBlock>,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  let staged: Uint8Array[] = [encodeCarHeader(roots)]
  let length = (staged[0] as Uint8Array).length
  for await (const { cid, bytes } of blocks) {
    throwIfAborted(options.signal)
    const head = sectionHead(cid, bytes.length)
    staged.push(head)
    length += head.length
    if (bytes.length < CHUNK_BYTES) {
      staged.push(bytes)
      length += bytes.length
      if (length < CHUNK_BYTES) continue
    }
    yield Buffer.concat(staged, length)
    staged = []
    length = 0
    if (bytes.length >= CHUNK_BYTES) yield bytes
  }
  if (length > 0) yield Buffer.concat(staged, length)
}
