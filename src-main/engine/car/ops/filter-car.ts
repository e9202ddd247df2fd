import type { CID } from 'multiformats/cid'
import { FileReader, type LongWorkOptions } from '../../base/index.ts'
import { carError } from '../car-errors.ts'
import { CarFileWriter, type WrittenCar } from '../car-file-writer.ts'
import { type CarLayout, readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import type { SectionBatch } from '../section-batch.ts'

export interface FilterOptions extends CarLimits, LongWorkOptions {
  /** Drop the CIDs named instead of keeping them. Default false. */
  inverse?: boolean
  /** Add to a CARv2 that is there, whose roots stay, instead of writing a new file. Default false. */
  append?: boolean
  /** Of the file written. Default 2. */
  version?: 1 | 2
}

export interface FilteredCar extends WrittenCar {
  kept: number
  dropped: number
  roots: CID[]
}

/**
 * Writes the sections of a CAR whose CIDs are named (or are not, with `inverse`). CIDs are compared whole; the roots
 * are filtered by the same rule. No roots left is not an error: look at `roots`.
 */
export async function filterCar(
  path: string,
  outPath: string,
  cids: Iterable<CID>,
  options: FilterOptions = {},
): Promise<FilteredCar> {
  const named = new Set<string>()
  for (const cid of cids) named.add(keyOf(cid.bytes))
  const isKept = (key: string) => named.has(key) !== (options.inverse === true)
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, options)
    const target = options.append === true ? await openTarget(outPath, options) : null
    const roots = target?.layout.roots ?? layout.roots.filter((root) => isKept(keyOf(root.bytes)))
    const writer = await CarFileWriter.create(outPath, {
      version: target === null ? (options.version ?? 2) : 2,
      roots,
      maxSectionBytes: options.maxSectionBytes,
    })
    try {
      if (target !== null) await copySections(target.reader, target.layout, writer, () => true, options)
      const present = writer.blockCount
      const seen = await copySections(reader, layout, writer, isKept, options)
      const kept = writer.blockCount - present
      return { ...(await writer.finish()), kept, dropped: seen - kept, roots }
    } catch (error) {
      await writer.discard()
      throw error
    } finally {
      await target?.reader.close()
    }
  } finally {
    await reader.close()
  }
}

/** Returns the sections seen. */
async function copySections(
  reader: FileReader,
  layout: CarLayout,
  writer: CarFileWriter,
  isKept: (key: string) => boolean,
  options: FilterOptions,
): Promise<number> {
  let seen = 0
  const scan = scanCar(reader, layout, { ...options, data: true })
  for await (const batch of scan) {
    for (let i = 0; i < batch.count; i++) if (isKept(cidKey(batch, i))) await writer.putSection(batch, i)
    seen += batch.count
    options.onProgress?.({ phase: 'Filtering', doneBytes: scan.position, totalBytes: layout.payloadSize })
  }
  return seen
}

async function openTarget(path: string, options: FilterOptions): Promise<{ reader: FileReader; layout: CarLayout }> {
  const reader = FileReader.open(path)
  try {
    const layout = await readCarLayout(reader, options)
    if (layout.version !== 2)
      throw carError('CAR_VERSION', `Blocks can be added to a CARv2 only, and ${path} is a CARv1.`)
    return { reader, layout }
  } catch (error) {
    await reader.close()
    throw error
  }
}

function cidKey(batch: SectionBatch, i: number): string {
  return keyOf(batch.bytes.subarray(batch.cidStart[i], batch.dataStart[i]))
}

/** CID bytes as a string of the same length: the cheapest key a Set takes. */
function keyOf(cid: Uint8Array): string {
  return Buffer.from(cid.buffer, cid.byteOffset, cid.length).toString('latin1')
}
