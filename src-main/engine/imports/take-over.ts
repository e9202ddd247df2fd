import { createReadStream } from 'node:fs'
import { AtomicFileWriter, type Clock, EngineError, timeOfNanoId, timestamp } from '../base/index.ts'
import type { ImportRecord } from './import-record.ts'

/** An import that another program made, and that has been found to be readable. */
export interface ForeignImport {
  id: string
  root: string
  /** linked: Lotus' reference CAR, which is copied; car: used where it lies. */
  kind: 'linked' | 'car'
  source: string
  carPath: string
  sizeBytes: number
  carSizeBytes: number
  blockCount: number
  mtimeMs: number | null
}

const COPY_BYTES = 4 << 20

/** The record of an import that is taken over; the CAR of a linked one is copied to `ownPath` first. */
export async function takeOver(found: ForeignImport, ownPath: string, clock: Clock): Promise<ImportRecord> {
  const isLinked = found.kind === 'linked'
  if (isLinked) await copyCar(found.carPath, ownPath)
  const { id, root, kind, sizeBytes, carSizeBytes, blockCount, mtimeMs } = found
  return {
    ...{ id, root, kind, sizeBytes, carSizeBytes, blockCount, mtimeMs },
    state: 'ready',
    source: isLinked ? found.source : found.carPath,
    carPath: isLinked ? ownPath : found.carPath,
    ownsCar: isLinked,
    profile: isLinked ? 'lotus' : null,
    createdAt: timeOfNanoId(id) ?? timestamp(clock),
    error: null,
  }
}

async function copyCar(from: string, to: string): Promise<void> {
  const writer = await AtomicFileWriter.create(to)
  try {
    for await (const bytes of createReadStream(from, { highWaterMark: COPY_BYTES }))
      await writer.append(bytes as Buffer)
    await writer.commit()
  } catch (error) {
    await writer.discard()
    throw EngineError.from(error)
  }
}
