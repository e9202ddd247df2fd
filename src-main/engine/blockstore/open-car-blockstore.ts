import { FileReader, type RandomAccessReader } from '../base/index.ts'
import { type CarLayout, cidOf, dataOf, RAW_CODEC, readCarLayout, scanCar } from '../car/index.ts'
import { openReadOnlyBlockstore, type ReadOnlyBlockstore } from './read-only-blockstore.ts'
import type { ReferenceOptions } from './read-only-options.ts'
import { openReferenceBlockstore, type ReferenceBlockstore, referenceIn } from './reference-blockstore.ts'

/**
 * Opens any finished CAR file for reading: a linked import with its sources, everything else as it is. Nothing in a file
 * says which it is, so its first raw section is looked at.
 */
export async function openCarBlockstore(
  path: string,
  options: ReferenceOptions = {},
): Promise<ReadOnlyBlockstore | ReferenceBlockstore> {
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, { signal: options.signal })
    if (!(await hasReferences(reader, layout, options.signal)))
      return await openReadOnlyBlockstore(reader, { zeroLengthSectionAsEnd: true, ...options })
  } catch (error) {
    await reader.close()
    throw error
  }
  await reader.close()
  return openReferenceBlockstore(path, options)
}

/** In a linked import raw blocks are references, and references come early: behind the nodes of one batch of writes. */
const LOOK_AT_BYTES = 64 << 20
/** No record is longer: a path has at most 4096 bytes. */
const MAX_RECORD_BYTES = 8 << 10

async function hasReferences(reader: RandomAccessReader, layout: CarLayout, signal?: AbortSignal): Promise<boolean> {
  const limits = { zeroLengthSectionAsEnd: true, maxSectionBytes: Number.MAX_SAFE_INTEGER }
  try {
    for await (const batch of scanCar(reader, layout, { ...limits, to: LOOK_AT_BYTES, signal })) {
      for (let i = 0; i < batch.count; i++) {
        if (batch.codec[i] !== RAW_CODEC) continue
        const dataLength = batch.dataLength[i] as number
        if (dataLength > MAX_RECORD_BYTES) return false
        const offset = batch.sectionOffset[i] as number
        return await isReferenceAt(reader, layout, offset, signal)
      }
    }
  } catch {
    // Damage is reported by whoever reads it.
  }
  return false
}

async function isReferenceAt(
  reader: RandomAccessReader,
  layout: CarLayout,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for await (const batch of scanCar(reader, layout, {
    from: offset,
    data: true,
    readBytes: 4 * MAX_RECORD_BYTES,
    signal,
  }))
    return (await referenceIn(cidOf(batch, 0), dataOf(batch, 0), '/').catch(() => null)) !== null
  return false
}
