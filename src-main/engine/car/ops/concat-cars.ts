import type { CID } from 'multiformats/cid'
import { EngineError, FileReader, type LongWorkOptions } from '../../base/index.ts'
import { CarFileWriter, type WrittenCar } from '../car-file-writer.ts'
import { readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'

export interface ConcatOptions extends CarLimits, LongWorkOptions {
  /** Of the file written. Default 1. */
  version?: 1 | 2
  /** Whose roots the file gets: those of the first file, as go-car has it, or of all, each once. Default first. */
  roots?: 'first' | 'all'
}

/** Writes the sections of several CARs (v1 or v2) behind each other into one. Blocks that occur twice stay twice. */
export async function concatCars(
  paths: readonly string[],
  outPath: string,
  options: ConcatOptions = {},
): Promise<WrittenCar> {
  if (paths.length === 0)
    throw new EngineError('INVALID_ARGUMENT', 'There is no CAR to concatenate: name one at least.')
  const { version = 1, ...limits } = options
  const roots = await rootsOf(paths, options)
  const writer = await CarFileWriter.create(outPath, { version, roots, maxSectionBytes: options.maxSectionBytes })
  try {
    let doneBytes = 0
    for (const path of paths) {
      const reader = FileReader.open(path)
      try {
        const layout = await readCarLayout(reader, limits)
        const scan = scanCar(reader, layout, { ...limits, data: true })
        for await (const batch of scan) {
          for (let i = 0; i < batch.count; i++) await writer.putSection(batch, i)
          options.onProgress?.({ phase: 'Copying', doneBytes: doneBytes + scan.position, totalBytes: null })
        }
        doneBytes += layout.payloadSize
      } finally {
        await reader.close()
      }
    }
    return await writer.finish()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function rootsOf(paths: readonly string[], options: ConcatOptions): Promise<CID[]> {
  const roots = new Map<string, CID>()
  for (const path of options.roots === 'all' ? paths : paths.slice(0, 1)) {
    const reader = FileReader.open(path)
    const layout = await readCarLayout(reader, options).finally(() => reader.close())
    if (options.roots !== 'all') return layout.roots
    for (const root of layout.roots) roots.set(root.toString(), root)
  }
  return [...roots.values()]
}
