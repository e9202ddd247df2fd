import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import {
  AtomicFileWriter,
  type Clock,
  EngineError,
  type LongWorkOptions,
  type TaskRunner,
  timeOfNanoId,
  timestamp,
} from '../base/index.ts'
import type { ImportRecord } from './import-record.ts'
import { checkCar, writeLinked } from './write-import.ts'

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

/** An import of before Lotus wrote CARs: its blocks are out of reach, its file is there. */
export interface LegacyImport {
  id: string
  /** null where it was not noted. */
  root: string | null
  source: string
}

const COPY_BYTES = 4 << 20

/**
 * Makes it again of its file: a CAR with its root is used where it lies, anything else becomes a linked import in Lotus'
 * profile, its CAR at `ownPath`. SOURCE_CHANGED when that has another root; then nothing is left.
 */
export async function importAgain(
  found: LegacyImport,
  ownPath: string,
  options: LongWorkOptions & { tasks: TaskRunner; clock: Clock },
): Promise<ImportRecord> {
  const { id, source } = found
  const { clock, ...work } = options
  const car = await checkCar(source, work.signal).catch(() => null)
  const isCar = car !== null && car.root.toString() === found.root
  const written = isCar ? car : await writeLinked(source, ownPath, { ...work, profile: 'lotus' })
  const root = written.root.toString()
  if (found.root !== null && root !== found.root) {
    await rm(ownPath, { force: true })
    throw new EngineError(
      'SOURCE_CHANGED',
      `${source} has changed since Lotus imported it: its root would be ${root} now, and was ${found.root}.`,
      { details: { path: source, root } },
    )
  }
  return {
    ...{ id, kind: isCar ? 'car' : 'linked', state: 'ready', source, root, error: null },
    ...{ carPath: isCar ? source : ownPath, ownsCar: !isCar, profile: isCar ? null : 'lotus' },
    sizeBytes: written.sizeBytes,
    carSizeBytes: written.carSizeBytes,
    blockCount: written.blockCount,
    mtimeMs: written.mtimeMs,
    createdAt: timeOfNanoId(id) ?? timestamp(clock),
  }
}

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
