/**
 * The end of writing a CARv2: index behind the payload, then the header that makes it one. Every step is durable before
 * the next, so that a crash leaves a file that recovery understands. Spec: car-formats 7.3.
 */
import { CARV2_HEADER_BYTES, CARV2_HEADER_OFFSET, encodeCarV2Header, type IndexCodec } from '../car/index.ts'
import type { BlockTable } from './block-table.ts'
import { indexOfTable } from './table-index.ts'
import type { WritableFile } from './writable-file.ts'

export interface FinalizeOptions {
  payloadOffset: number
  payloadSize: number
  /** Payload offset that the table's offsets are counted from. Default 0. */
  sectionsOffset?: number
  indexPadding: number
  indexCodec: IndexCodec
  fullyIndexed: boolean
}

const WRITE_BYTES = 4 << 20

/** Completes a CARv2 whose payload is durable. After an error the file is as it was. Returns the size of the file. */
export async function writeIndexAndHeader(
  file: WritableFile,
  table: BlockTable,
  options: FinalizeOptions,
): Promise<number> {
  const { payloadOffset, payloadSize, fullyIndexed } = options
  const payloadEnd = payloadOffset + payloadSize
  const indexOffset = payloadEnd + options.indexPadding
  try {
    await file.truncate(payloadEnd)
    const fileSize = await writeIndex(file, table, indexOffset, options)
    await file.sync()
    const header = encodeCarV2Header({ payloadOffset, payloadSize, indexOffset, fullyIndexed })
    await file.writeAt(header, CARV2_HEADER_OFFSET)
    await file.sync()
    return fileSize
  } catch (error) {
    await undo(file, payloadEnd)
    throw error
  }
}

async function writeIndex(
  file: WritableFile,
  table: BlockTable,
  indexOffset: number,
  options: FinalizeOptions,
): Promise<number> {
  const index = await indexOfTable(table, {
    codec: options.indexCodec,
    identity: true,
    offsetBase: options.sectionsOffset,
  })
  try {
    const buffer = new Uint8Array(Math.min(WRITE_BYTES, index.byteLength))
    let used = 0
    let position = indexOffset
    for (const piece of index.encode()) {
      for (let done = 0; done < piece.length; ) {
        const part = piece.subarray(done, done + buffer.length - used)
        buffer.set(part, used)
        used += part.length
        done += part.length
        if (used < buffer.length) continue
        await file.writeAt(buffer, position)
        position += used
        used = 0
      }
    }
    if (used > 0) await file.writeAt(buffer.subarray(0, used), position)
    return position + used
  } finally {
    index.close()
  }
}

/** What cannot be undone is recognized by recovery. */
async function undo(file: WritableFile, payloadEnd: number): Promise<void> {
  try {
    await file.writeAt(new Uint8Array(CARV2_HEADER_BYTES), CARV2_HEADER_OFFSET)
    await file.truncate(payloadEnd)
  } catch {
    // The error that led here is the one to report.
  }
}
