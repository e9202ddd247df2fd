import type { CID } from 'multiformats/cid'
import { EngineError, type LongWorkOptions, type TaskRunner } from '../base/index.ts'
import { type Blockstore, openCarBlockstore, ReferenceBlockstore } from '../blockstore/index.ts'
import { inspectCar } from '../car/index.ts'
import { hashFile, type PieceCommitment, PieceHasher } from '../commp/index.ts'
import { type CarView, dagStat, denseCar } from '../unixfs/index.ts'

/** A piece commitment, and of what. Sizes in bytes. */
export interface DagCommitment {
  /** null of a CAR without one. */
  root: string | null
  /** Content below the root; null where the CAR does not hold all of it. */
  payloadSize: number | null
  /** The CARv1 that was hashed. */
  carSize: number
  pieceSize: number
  pieceCid: string
  pieceCidV2: string | null
}

/**
 * Commitment of a CAR file: of a CARv1 as it lies there, zeros behind it included; of a CARv2 the CARv1 in it; of a linked
 * import, whose leaves are not in the file, the CARv1 that a deal on it transfers. CAR_TRUNCATED or CAR_INVALID for what is no CAR.
 */
export async function carCommitment(
  path: string,
  tasks: TaskRunner,
  options: LongWorkOptions = {},
): Promise<DagCommitment> {
  const blockstore = await openCarBlockstore(path, { signal: options.signal }).catch((error: unknown) => {
    throw notACar(path, error)
  })
  try {
    const [root = null] = blockstore.roots
    if (blockstore instanceof ReferenceBlockstore && root !== null)
      return await dagCommitment(blockstore, root, tasks, options)
    const { version, payloadOffset, payloadBytes } = await inspectCar(path)
    const range = version === 1 ? undefined : { offset: payloadOffset, length: payloadBytes }
    const piece = await hashFile(path, tasks, { ...options, range })
    const payloadSize = root === null ? null : await payloadSizeOf(blockstore, root, options)
    return viewOf(root, payloadSize, piece)
  } finally {
    await blockstore.close()
  }
}

/** Commitment of the dense CARv1 of a DAG. Errors as of `denseCar`. */
export async function dagCommitment(
  blockstore: Blockstore,
  root: CID,
  tasks: TaskRunner,
  options: LongWorkOptions = {},
): Promise<DagCommitment> {
  const { signal } = options
  const car = await denseCar(blockstore, root, { signal })
  const { payloadSize } = await dagStat(blockstore, root, { signal })
  return viewOf(root, payloadSize, await hashView(car, tasks, options))
}

async function hashView(
  car: CarView,
  tasks: TaskRunner,
  { signal, onProgress }: LongWorkOptions,
): Promise<PieceCommitment> {
  const hasher = new PieceHasher(tasks, { signal })
  try {
    for await (const bytes of car.readRange(0, car.size, { signal })) {
      await hasher.update(bytes)
      onProgress?.({ phase: 'Computing the piece commitment', doneBytes: hasher.rawSize, totalBytes: car.size })
    }
    return await hasher.finish()
  } finally {
    await hasher.abort()
  }
}

async function payloadSizeOf(blockstore: Blockstore, root: CID, { signal }: LongWorkOptions): Promise<number | null> {
  try {
    return (await dagStat(blockstore, root, { signal })).payloadSize
  } catch (error) {
    const { kind } = EngineError.from(error)
    if (kind === 'cancelled' || kind === 'unavailable') throw error
    return null
  }
}

function viewOf(root: CID | null, payloadSize: number | null, piece: PieceCommitment): DagCommitment {
  return {
    root: root?.toString() ?? null,
    payloadSize,
    carSize: piece.rawSize,
    pieceSize: piece.pieceSize,
    pieceCid: piece.pieceCid.toString(),
    pieceCidV2: piece.pieceCidV2?.toString() ?? null,
  }
}

/** Names the file: what is no CAR at all fails as one that is damaged. */
function notACar(path: string, error: unknown): unknown {
  if (!EngineError.is(error) || !error.code.startsWith('CAR_')) return error
  return new EngineError(error.code, `${path} cannot be read as a CAR. ${error.message}`, {
    cause: error,
    details: { ...error.details, path },
  })
}
