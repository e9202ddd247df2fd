import { EngineError } from '../base/index.ts'

/** The least payload that has a commitment: 64 bytes and fewer would leave half of the smallest tree unused. */
export const MIN_PAYLOAD_BYTES = 65
/** The least payload that a v2 piece CID can name (FRC-0069). */
export const MIN_V2_PAYLOAD_BYTES = 127
/** fr32 turns every 127 bytes of payload into 128 bytes of field elements. */
export const FR32_RAW_UNIT = 127
export const FR32_PADDED_UNIT = 128
/** Bytes of a node: a field element, 254 bits used. */
export const NODE_BYTES = 32

/** Padded piece size of a payload: the smallest power of two, at least 128, that holds it after fr32 padding. */
export function paddedPieceSize(rawSize: number): number {
  let paddedSize = FR32_PADDED_UNIT
  while (unpaddedPieceSize(paddedSize) < rawSize) paddedSize *= 2
  return paddedSize
}

/** Payload bytes that fit into a piece of a padded size. */
export function unpaddedPieceSize(paddedSize: number): number {
  return (paddedSize / FR32_PADDED_UNIT) * FR32_RAW_UNIT
}

/** Whether a number is a piece size: a power of two from 128 on. */
export function isPieceSize(paddedSize: number): boolean {
  return paddedSize >= FR32_PADDED_UNIT && Number.isSafeInteger(paddedSize) && Number.isInteger(Math.log2(paddedSize))
}

/** Levels of the tree over a padded piece: 2 for 128 bytes (four nodes), 30 for 32 GiB. */
export function treeHeight(paddedSize: number): number {
  if (!isPieceSize(paddedSize))
    throw new EngineError(
      'INVALID_ARGUMENT',
      `${paddedSize} is not a piece size: a power of two from 128 on is needed.`,
    )
  return Math.log2(paddedSize / NODE_BYTES)
}
