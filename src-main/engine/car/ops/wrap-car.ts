import { AtomicFileWriter, FileReader } from '../../base/index.ts'
import { appendIndex } from '../append-index.ts'
import type { WrittenCar } from '../car-file-writer.ts'
import type { IndexCodec } from '../car-index.ts'
import { type CarLayout, readCarLayout } from '../car-layout.ts'
import { CARV2_MIN_PAYLOAD_OFFSET, encodeCarV2Prefix } from '../car-v2-header.ts'
import { type BuildIndexOptions, buildIndex } from '../generate-index.ts'
import { copyRange } from './copy-range.ts'

export interface WrapOptions extends Omit<BuildIndexOptions, 'codec'> {
  /** Default car-multihash-index-sorted; null for no index. */
  codec?: IndexCodec | null
  /** Zero bytes between header and payload. Default 0. */
  dataPadding?: number
  /** Zero bytes between payload and index. Default 0. */
  indexPadding?: number
  /** What the header says of the index. Default: whether identity CIDs are in it. */
  fullyIndexed?: boolean
}

/**
 * Writes a CAR as a CARv2 with a new index: a CARv1 is wrapped, the payload of a CARv2 gets a new container. The
 * payload is copied as it is, every byte. The header says fully indexed exactly when identity CIDs are indexed, unless told.
 * `outPath` may be the file itself.
 */
export async function wrapCar(path: string, outPath: string, options: WrapOptions = {}): Promise<WrittenCar> {
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, options)
    return await writeWrapped(reader, layout, outPath, options)
  } finally {
    await reader.close()
  }
}

/** As `wrapCar`, of a payload whose place is known. */
export async function writeWrapped(
  reader: FileReader,
  layout: CarLayout,
  outPath: string,
  options: WrapOptions,
): Promise<WrittenCar> {
  const { codec, dataPadding = 0, indexPadding = 0, includeIdentity = false } = options
  const built = codec === null ? null : await buildIndex(reader, layout, { ...options, codec })
  const file = await AtomicFileWriter.create(outPath)
  try {
    const payloadOffset = CARV2_MIN_PAYLOAD_OFFSET + dataPadding
    file.skip(payloadOffset)
    await copyRange(reader, { offset: layout.payloadOffset, length: layout.payloadSize }, file, options)
    let indexOffset: number | null = null
    if (built !== null) {
      file.skip(indexPadding)
      indexOffset = file.position
      await appendIndex(file, built.builder)
    }
    const header = {
      fullyIndexed: built !== null && (options.fullyIndexed ?? includeIdentity),
      payloadOffset,
      payloadSize: layout.payloadSize,
      indexOffset: indexOffset ?? 0,
    }
    await file.writeAt(encodeCarV2Prefix(header), 0)
    const fileSize = file.position
    await file.commit()
    return {
      version: 2,
      blockCount: built?.blockCount ?? null,
      payloadOffset,
      payloadSize: layout.payloadSize,
      indexOffset,
      indexRecordCount: built?.builder.recordCount ?? 0,
      fileSize,
    }
  } catch (error) {
    await file.discard()
    throw error
  } finally {
    built?.builder.close()
  }
}
