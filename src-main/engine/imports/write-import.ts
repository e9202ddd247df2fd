import type { CID } from 'multiformats/cid'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { EngineError, FileReader, type LongWorkOptions, type TaskRunner } from '../base/index.ts'
import { type Blockstore, openCarBlockstore, ReferenceCarWriter, SelfContainedCarWriter } from '../blockstore/index.ts'
import { readCarLayout } from '../car/index.ts'
import {
  type BuildOptions,
  type BuiltDag,
  buildPath,
  buildStream,
  type DagSink,
  PROFILES,
  walkDag,
} from '../unixfs/index.ts'

/** What was written, as the import's record keeps it. */
export interface WrittenImport {
  root: CID
  sizeBytes: number
  carSizeBytes: number
  blockCount: number
  /** Of a single source file; null for a folder or a stream. */
  mtimeMs: number | null
}

export interface WriteOptions extends LongWorkOptions {
  profile: UnixfsProfile
  tasks: TaskRunner
}

/** A CAR that is being written and appears under its name only when it is whole. */
interface CarWriter {
  finish(root: CID): Promise<{ carSizeBytes: number }>
  discard(): Promise<void>
}

/** Linked: intermediate nodes in full, leaves as references into the file at `source`. Nothing is copied. */
export async function writeLinked(source: string, carPath: string, options: WriteOptions): Promise<WrittenImport> {
  if (!PROFILES[options.profile].rawLeaves) {
    throw new EngineError(
      'UNSUPPORTED',
      `The profile ${options.profile} wraps file content, so it cannot be linked. Import it self-contained, or choose another profile.`,
    )
  }
  const writer = await ReferenceCarWriter.create(carPath)
  const sink: DagSink = {
    leafBytes: false,
    leaf: (cid, _bytes, at) => writer.reference(cid, at),
    node: (cid, bytes) => writer.node(cid, bytes),
  }
  return write(writer, sink, (build) => buildPath(source, build), options)
}

/** Self-contained: every block in an ordinary CARv2. */
export async function writeSelfContained(
  source: string | AsyncIterable<Uint8Array>,
  carPath: string,
  options: WriteOptions,
): Promise<WrittenImport> {
  const writer = await SelfContainedCarWriter.create(carPath)
  const sink: DagSink = {
    leafBytes: true,
    leaf: (cid, bytes) => writer.put(cid, bytes ?? new Uint8Array(0)),
    node: (cid, bytes) => writer.put(cid, bytes),
  }
  const build = (how: BuildOptions) => (typeof source === 'string' ? buildPath(source, how) : buildStream(source, how))
  return write(writer, sink, build, options)
}

/** An ordinary CARv2 of a DAG that can be read, every block hashed on the way. */
export async function writeDense(
  blockstore: Blockstore,
  root: CID,
  carPath: string,
  { signal, onProgress, sizeBytes }: LongWorkOptions & { sizeBytes: number },
): Promise<{ carSizeBytes: number }> {
  const writer = await SelfContainedCarWriter.create(carPath)
  try {
    let doneBytes = 0
    for await (const { cid, bytes } of walkDag(blockstore, root, { signal })) {
      await writer.put(cid, bytes)
      doneBytes += bytes.length
      onProgress?.({ phase: 'Copying', doneBytes, totalBytes: sizeBytes })
    }
    return await writer.finish(root)
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** Takes a CAR as it lies there. It must have roots, and hold the first. */
export async function checkCar(path: string, signal?: AbortSignal): Promise<WrittenImport> {
  const reader = FileReader.open(path)
  try {
    const [root] = (await readCarLayout(reader)).roots
    if (root === undefined)
      throw new EngineError('CAR_INVALID', `${path} names no root, so there is nothing to import it under.`)
    const blockstore = await openCarBlockstore(path)
    try {
      if (!(await blockstore.has(root, { signal })))
        throw new EngineError('DAG_INCOMPLETE', `${path} does not hold its root ${root}. It may have been cut off.`)
      let blockCount = 0
      for await (const _ of blockstore.cids({ signal })) blockCount++
      return { root, sizeBytes: reader.size, carSizeBytes: reader.size, blockCount, mtimeMs: reader.mtimeMs }
    } finally {
      await blockstore.close()
    }
  } finally {
    await reader.close()
  }
}

async function write(
  writer: CarWriter,
  sink: DagSink,
  build: (options: BuildOptions) => Promise<BuiltDag>,
  options: WriteOptions,
): Promise<WrittenImport> {
  let mtimeMs: number | null = null
  try {
    const dag = await build({
      ...options,
      sink: {
        ...sink,
        source(file) {
          mtimeMs = file.mtimeMs
        },
      },
    })
    const { carSizeBytes } = await writer.finish(dag.root)
    return {
      root: dag.root,
      sizeBytes: dag.sizeBytes,
      carSizeBytes,
      blockCount: dag.blockCount,
      mtimeMs: dag.fileCount === 1 && dag.depth > 0 ? mtimeMs : null,
    }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** What a record keeps of what was written. */
export function writtenFacts({ root, ...facts }: WrittenImport) {
  return { root: root.toString(), ...facts }
}
