import { EngineError, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { type CarIndex, type CarLayout, IndexBuilder, openCarIndex, scanCar } from '../car/index.ts'
import type { ReadOnlyOptions } from './read-only-options.ts'

/** An embedded index up to this size is kept in memory: half the time of reading it from the file at every look-up. */
const IN_MEMORY_BYTES = 16 << 20

/** The embedded index where it can be used; otherwise one made by reading the sections, and a warning that says why. */
export async function chooseIndex(
  reader: RandomAccessReader,
  layout: CarLayout,
  options: ReadOnlyOptions,
): Promise<CarIndex> {
  const warn = options.onWarning ?? (() => {})
  if (layout.indexOffset === null) {
    warn(
      'This CAR has no index, so all of it was read once to find its blocks. Adding an index makes opening it quick.',
    )
    return scanIndex(reader, layout, options)
  }
  const range = { offset: layout.indexOffset, length: layout.fileSize - layout.indexOffset }
  try {
    return await openCarIndex(reader, range, { signal: options.signal, inMemoryBytes: IN_MEMORY_BYTES })
  } catch (error) {
    if (!EngineError.is(error) || error.kind !== 'corrupt') throw error
    warn(`The index of this CAR cannot be used, so all of it was read once to find its blocks: ${error.message}`)
    return scanIndex(reader, layout, options)
  }
}

async function scanIndex(reader: RandomAccessReader, layout: CarLayout, options: ReadOnlyOptions): Promise<CarIndex> {
  const builder = new IndexBuilder()
  try {
    const scan = scanCar(reader, layout, { ...options.limits, signal: options.signal })
    const includeIdentity = options.storeIdentity === true
    for await (const batch of scan) builder.addSections(batch, { ...options.limits, includeIdentity })
    const bytes = new Uint8Array(builder.byteLength)
    let used = 0
    for (const piece of builder.encode()) {
      bytes.set(piece, used)
      used += piece.length
    }
    return await openCarIndex(new MemoryReader(bytes), undefined, { inMemoryBytes: 0 })
  } finally {
    builder.close()
  }
}
