import type { CID } from 'multiformats/cid'
import type { PieceCommitmentView, UnixfsProfile } from '../../src-shared/contract/index.ts'
import { type LongWorkOptions, systemClock } from './base/index.ts'
import { createCar } from './car-tools/index.ts'
import { hashFile } from './commp/index.ts'
import { carCommitment, type DagCommitment, type GeneratedCar, generateCar } from './dags/index.ts'
import { CarInspector, commitmentView } from './inspect/index.ts'
import { buildPath } from './unixfs/index.ts'
import { WorkerPool } from './workers/index.ts'

/** What would be imported, without importing it. Sizes in bytes. */
export interface UnixfsRoot {
  root: string
  blockCount: number
  /** All distinct blocks. */
  dagSize: number
  /** File content. */
  sizeBytes: number
}

/** Work on files that needs no data directory. */
export interface FileTools {
  readonly inspect: CarInspector
  /** Root CID, block count and DAG size of a file or folder. */
  unixfsRoot(path: string, profile: UnixfsProfile, options?: LongWorkOptions): Promise<UnixfsRoot>
  /** Writes the DAG of files and folders as a CAR. */
  createCar(
    paths: readonly string[],
    outPath: string,
    options: LongWorkOptions & { wrap: boolean; version: 1 | 2 },
  ): Promise<{ root: CID }>
  /** Commitment of the bytes of a file as they are. */
  pieceCommitment(path: string, options?: LongWorkOptions): Promise<PieceCommitmentView>
  /** Commitment of a CAR file: of the CARv1 that it is, or holds, or refers to. */
  carCommitment(path: string, options?: LongWorkOptions): Promise<DagCommitment>
  /** Writes the CARv1 that a deal on a file or folder would transfer. FILE_EXISTS. */
  generateCar(
    path: string,
    outPath: string,
    options: LongWorkOptions & { profile: UnixfsProfile; overwrite: boolean },
  ): Promise<GeneratedCar>
  close(): Promise<void>
}

export function openFileTools({ workerUrl }: { workerUrl: URL }): FileTools {
  const tasks = new WorkerPool({ workerUrl })
  return {
    inspect: new CarInspector({ tasks, clock: systemClock }),
    async unixfsRoot(path, profile, options = {}) {
      const { root, blockCount, dagSizeBytes, sizeBytes } = await buildPath(path, { ...options, profile, tasks })
      return { root: root.toString(), blockCount, dagSize: dagSizeBytes, sizeBytes }
    },
    createCar: (paths, outPath, options) => createCar(paths, outPath, tasks, options),
    async pieceCommitment(path, options = {}) {
      return commitmentView(await hashFile(path, tasks, options))
    },
    carCommitment: (path, options) => carCommitment(path, tasks, options),
    generateCar: (path, outPath, options) => generateCar(path, outPath, tasks, options),
    close: () => tasks.close(),
  }
}
