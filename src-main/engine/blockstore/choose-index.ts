import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError, FileReader, MemoryReader, type RandomAccessReader, temporaryPathFor } from '../base/index.ts'
import {
  buildIndex,
  type CarIndex,
  type CarLayout,
  type IndexBuilder,
  openCarIndex,
  writeIndexFile,
} from '../car/index.ts'
import type { ReadOnlyOptions } from './read-only-options.ts'

/** An embedded index up to this size is kept in memory: half the time of reading it from the file at every look-up. */
const IN_MEMORY_BYTES = 16 << 20
/** One made here is kept in memory up to this size: about six million blocks. */
const SCAN_IN_MEMORY_BYTES = 256 << 20

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
  const includeIdentity = options.storeIdentity === true
  const { builder } = await buildIndex(reader, layout, { ...options.limits, includeIdentity, signal: options.signal })
  try {
    if (builder.byteLength > (options.scanInMemoryBytes ?? SCAN_IN_MEMORY_BYTES))
      return await openInTemporaryFile(builder)
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

/** The file has no name while it is used, so that a crash leaves nothing; where the system wants one, it goes with the index. */
async function openInTemporaryFile(builder: IndexBuilder): Promise<CarIndex> {
  const path = temporaryPathFor(join(tmpdir(), 'carport-index'))
  await writeIndexFile(builder, path)
  const file = FileReader.open(path)
  if (process.platform !== 'win32') await rm(path)
  const index = await openCarIndex(file, undefined, { ownsReader: true })
  const close = index.close.bind(index)
  index.close = async () => {
    await close()
    await rm(path, { force: true })
  }
  return index
}
