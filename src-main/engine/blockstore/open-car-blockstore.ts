import { FileReader, type RandomAccessReader } from '../base/index.ts'
import { type CarLayout, mayBeReference, RAW_CODEC, readCarLayout, scanCar } from '../car/index.ts'
import { openReadOnlyBlockstore, type ReadOnlyBlockstore } from './read-only-blockstore.ts'
import type { ReferenceOptions } from './read-only-options.ts'
import { holdsReference, openReferenceBlockstore, type ReferenceBlockstore } from './reference-blockstore.ts'

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

async function hasReferences(reader: RandomAccessReader, layout: CarLayout, signal?: AbortSignal): Promise<boolean> {
  const limits = { zeroLengthSectionAsEnd: true, maxSectionBytes: Number.MAX_SAFE_INTEGER, signal }
  try {
    for await (const batch of scanCar(reader, layout, { ...limits, to: LOOK_AT_BYTES })) {
      for (let i = 0; i < batch.count; i++) {
        if (batch.codec[i] !== RAW_CODEC) continue
        if (!mayBeReference(batch, i)) return false
        const from = batch.sectionOffset[i] as number
        for await (const whole of scanCar(reader, layout, { ...limits, from, data: true, readBytes: READ_BYTES }))
          return await holdsReference(whole, 0)
      }
    }
  } catch {
    // Damage is reported by whoever reads it.
  }
  return false
}

/** Enough for any record. */
const READ_BYTES = 16 << 10
