import { allocateBytes, FileReader, type RandomAccessReader } from '../../base/index.ts'
import { carError } from '../car-errors.ts'
import type { IndexCodec } from '../car-index.ts'
import { type CarLayout, readCarLayout } from '../car-layout.ts'
import { CARV2_HEADER_OFFSET, type CarV2Header, encodeCarV2Header } from '../car-v2-header.ts'
import { type BuildIndexOptions, buildIndex } from '../generate-index.ts'
import { readIndexTable } from '../index-buckets.ts'
import { IDENTITY_CODE } from '../multihash.ts'
import { FileEditor } from './file-editor.ts'

export interface AttachIndexOptions extends BuildIndexOptions {
  /** A detached index file to put in. Default: one is built from the payload. */
  indexPath?: string
  /** Zero bytes between payload and index. Default 0. */
  indexPadding?: number
}

export interface AttachedIndex {
  codec: IndexCodec
  recordCount: number
  indexOffset: number
  bytes: number
}

/**
 * Gives a CARv2 an index, or another one, in place: the payload is not copied. A crash at any moment leaves a good
 * CARv2, at worst without an index: the header is told to forget the old index first and of the new one last.
 * CAR_VERSION for a CARv1 (wrap it), INDEX_INVALID when the given file is no index.
 */
export async function attachIndex(path: string, options: AttachIndexOptions = {}): Promise<AttachedIndex> {
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, options)
    if (layout.version === 1)
      throw carError('CAR_VERSION', `${path} is a CARv1, which cannot hold an index. Wrap it into a CARv2 instead.`)
    const index = await indexFor(reader, layout, options)
    try {
      return await put(path, layout, index, options)
    } finally {
      await index.close()
    }
  } finally {
    await reader.close()
  }
}

interface NewIndex {
  codec: IndexCodec
  recordCount: number
  fullyIndexed: boolean
  bytes: number
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  close(): Promise<void> | void
}

async function indexFor(reader: FileReader, layout: CarLayout, options: AttachIndexOptions): Promise<NewIndex> {
  if (options.indexPath !== undefined) return indexFromFile(options.indexPath)
  const { builder } = await buildIndex(reader, layout, options)
  return {
    codec: builder.codec,
    recordCount: builder.recordCount,
    fullyIndexed: options.includeIdentity === true,
    bytes: builder.byteLength,
    pieces: () => builder.encode(),
    close: () => builder.close(),
  }
}

async function indexFromFile(path: string): Promise<NewIndex> {
  const reader = FileReader.open(path)
  try {
    const table = await readIndexTable(reader, 0, reader.size)
    return {
      codec: table.codec,
      recordCount: table.recordCount,
      fullyIndexed: table.buckets.some(({ hashCode }) => hashCode === IDENTITY_CODE),
      bytes: table.byteLength,
      pieces: () => piecesOf(reader, table.byteLength),
      close: () => reader.close(),
    }
  } catch (error) {
    await reader.close()
    throw error
  }
}

async function* piecesOf(reader: RandomAccessReader, length: number): AsyncGenerator<Uint8Array> {
  const piece = allocateBytes(Math.min(length, 1024 * 1024))
  for (let done = 0; done < length; ) {
    const part = piece.subarray(0, Math.min(piece.length, length - done))
    await reader.readAt(part, done)
    yield part
    done += part.length
  }
}

async function put(
  path: string,
  layout: CarLayout,
  index: NewIndex,
  options: AttachIndexOptions,
): Promise<AttachedIndex> {
  const payloadEnd = layout.payloadOffset + layout.payloadSize
  const indexOffset = payloadEnd + (options.indexPadding ?? 0)
  const header: CarV2Header = {
    fullyIndexed: false,
    payloadOffset: layout.payloadOffset,
    payloadSize: layout.payloadSize,
    indexOffset: 0,
  }
  const file = await FileEditor.open(path)
  try {
    await file.writeAt(encodeCarV2Header(header), CARV2_HEADER_OFFSET)
    await file.sync()
    await file.truncate(payloadEnd)
    await writePieces(file, index, indexOffset, payloadEnd)
    await file.sync()
    await file.writeAt(
      encodeCarV2Header({ ...header, indexOffset, fullyIndexed: index.fullyIndexed }),
      CARV2_HEADER_OFFSET,
    )
    await file.sync()
  } finally {
    await file.close()
  }
  return { codec: index.codec, recordCount: index.recordCount, indexOffset, bytes: index.bytes }
}

async function writePieces(file: FileEditor, index: NewIndex, position: number, payloadEnd: number): Promise<void> {
  let at = position
  try {
    for await (const piece of index.pieces()) {
      await file.writeAt(piece, at)
      at += piece.length
    }
  } catch (error) {
    await file.truncate(payloadEnd).catch(() => {}) // a part of an index behind the payload does no harm
    throw error
  }
}
