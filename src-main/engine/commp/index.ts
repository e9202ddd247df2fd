export { Fr32Reader } from './fr32-reader.ts'
export { type FileRange, hashFile, hashFileChunk } from './hash-file.ts'
export { isPieceCid, type ParsedPieceCid, parsePieceCid, pieceCidFromDigest, pieceCidV2From } from './piece-cid.ts'
export { PieceHasher, type PieceHasherOptions } from './piece-hasher.ts'
export {
  isPieceSize,
  MIN_PAYLOAD_BYTES,
  MIN_V2_PAYLOAD_BYTES,
  paddedPieceSize,
  unpaddedPieceSize,
} from './piece-size.ts'
export { commitmentAs, commitmentFromChunks, PIECE_CHUNK_BYTES, type PieceCommitment, padTo } from './piece-tree.ts'
export { type FileChunk, fileSubtreeTask, subtreeTask } from './subtree.ts'
