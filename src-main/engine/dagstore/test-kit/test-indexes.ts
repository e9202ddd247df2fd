import { MemoryReader } from '../../base/index.ts'
import { type CarIndex, IndexBuilder, type IndexCodec, openCarIndex } from '../../car/index.ts'

/** The bytes of an index that has these multihashes. */
export function encodeTestIndex(multihashes: Uint8Array[], codec?: IndexCodec): Uint8Array {
  const builder = new IndexBuilder({ codec })
  for (const [i, multihash] of multihashes.entries()) builder.add(multihash, 59 + 100 * i)
  const pieces: Uint8Array[] = []
  for (const piece of builder.encode()) pieces.push(piece.slice())
  builder.close()
  return Buffer.concat(pieces)
}

export function testIndex(multihashes: Uint8Array[], codec?: IndexCodec): Promise<CarIndex> {
  return openCarIndex(new MemoryReader(encodeTestIndex(multihashes, codec)))
}
