import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { PieceCommitmentView, UnixfsProfile } from '../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions, type TaskRunner } from './base/index.ts'
import { type DagSource, type OpenDag, openReferenceBlockstore, ReferenceCarWriter } from './blockstore/index.ts'
import { PieceHasher, paddedPieceSize } from './commp/index.ts'
import { commitmentView } from './inspect/index.ts'
import { buildPath, denseCar, type ExportedCar, exportCar } from './unixfs/index.ts'

/** Work on whole DAGs that imports and retrievals hold. */
export class DagTools {
  readonly #dags: DagSource
  readonly #tasks: TaskRunner

  constructor(ports: { dags: DagSource; tasks: TaskRunner }) {
    this.#dags = ports.dags
    this.#tasks = ports.tasks
  }

  /** Whether something here holds a root. */
  async has(root: CID): Promise<boolean> {
    const dag = await this.#dags.open(root)
    await dag?.release()
    return dag !== null
  }

  /** Sizes of the dense CARv1 that a deal transfers, and of its piece. BLOCK_NOT_FOUND when nothing holds the root. */
  sizes(root: CID, options: LongWorkOptions = {}): Promise<{ carSize: number; pieceSize: number }> {
    return this.#withDag(root, async ({ blockstore }) => {
      const { size } = await denseCar(blockstore, root, options)
      return { carSize: size, pieceSize: paddedPieceSize(size) }
    })
  }

  /** Commitment of that CAR. */
  commitment(root: CID, { signal, onProgress }: LongWorkOptions = {}): Promise<PieceCommitmentView> {
    return this.#withDag(root, async ({ blockstore }) => {
      const car = await denseCar(blockstore, root, { signal })
      const hasher = new PieceHasher(this.#tasks, { signal })
      try {
        for await (const bytes of car.readRange(0, car.size, { signal })) {
          await hasher.update(bytes)
          onProgress?.({
            phase: 'Computing the piece commitment',
            doneBytes: hasher.rawSize,
            totalBytes: car.size,
          })
        }
        return commitmentView(await hasher.finish())
      } finally {
        await hasher.abort()
      }
    })
  }

  /** Writes the CARv1 that a deal on a file or folder would transfer, without importing it. FILE_EXISTS. */
  async generateCar(
    path: string,
    outPath: string,
    { profile, signal, onProgress }: LongWorkOptions & { profile: UnixfsProfile },
  ): Promise<ExportedCar & { root: CID }> {
    const folder = await mkdtemp(join(tmpdir(), 'carport-car-'))
    try {
      const linked = join(folder, 'linked.car')
      const root = await this.#link(path, linked, { profile, signal, onProgress })
      const blockstore = await openReferenceBlockstore(linked)
      try {
        return { root, ...(await exportCar(blockstore, root, outPath, { signal, onProgress })) }
      } finally {
        await blockstore.close()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async #link(path: string, carPath: string, options: LongWorkOptions & { profile: UnixfsProfile }): Promise<CID> {
    const writer = await ReferenceCarWriter.create(carPath)
    try {
      const sink = {
        leafBytes: false,
        leaf: (cid: CID, _bytes: Uint8Array | null, at: { path: string; offset: number; size: number }) =>
          writer.reference(cid, at),
        node: (cid: CID, bytes: Uint8Array) => writer.node(cid, bytes),
      }
      const { root } = await buildPath(path, { ...options, tasks: this.#tasks, sink })
      await writer.finish(root)
      return root
    } catch (error) {
      await writer.discard()
      throw error
    }
  }

  async #withDag<Result>(root: CID, work: (dag: OpenDag) => Promise<Result>): Promise<Result> {
    const dag = await this.#dags.open(root)
    if (dag === null)
      throw new EngineError('BLOCK_NOT_FOUND', `Nothing here holds ${root}. Import or retrieve it first.`, {
        details: { cid: root.toString() },
      })
    try {
      return await work(dag)
    } finally {
      await dag.release()
    }
  }
}
