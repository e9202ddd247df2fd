import { AtomicFileWriter, FileReader, type LongWorkOptions } from '../../base/index.ts'
import { carError } from '../car-errors.ts'
import { readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { copyRange } from './copy-range.ts'

/**
 * Writes the payload of a CARv2 as a CARv1. `outPath` may be the file itself: it then changes at one moment, from the
 * whole CARv2 to the whole CARv1. CAR_VERSION for a CARv1.
 */
export async function extractCar(
  path: string,
  outPath: string,
  options: CarLimits & LongWorkOptions = {},
): Promise<{ payloadSize: number }> {
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, options)
    if (layout.version === 1)
      throw carError('CAR_VERSION', `${path} is a CARv1 already: there is nothing to take out of it.`, {
        goCar: 'already a CARv1',
      })
    const file = await AtomicFileWriter.create(outPath)
    try {
      await copyRange(reader, { offset: layout.payloadOffset, length: layout.payloadSize }, file, options)
      await file.commit()
    } catch (error) {
      await file.discard()
      throw error
    }
    return { payloadSize: layout.payloadSize }
  } finally {
    await reader.close()
  }
}
