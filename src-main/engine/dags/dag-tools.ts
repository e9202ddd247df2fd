import type { CID } from 'multiformats/cid'
import type { DagStat } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  type LongWorkOptions,
  type TaskRunner,
  type WorkEvent,
  workEvents,
} from '../base/index.ts'
import type { DagSource, OpenDag } from '../blockstore/index.ts'
import { RAW_CODEC } from '../car/index.ts'
import { paddedPieceSize } from '../commp/index.ts'
import {
  dagStat,
  dataLinks,
  denseCar,
  type EntryType,
  exportCar,
  exportDag,
  listEntries,
  type ResolvedPath,
  readFile,
  resolvePath,
} from '../unixfs/index.ts'
import { carCommitment, type DagCommitment, dagCommitment } from './car-commitment.ts'
import { type GenerateCarOptions, type GeneratedCar, generateCar } from './generate-car.ts'

/** A node of a DAG by its root and the path to it: names of entries, or steps of the data model. '' is the root. */
export interface NodePath {
  root: CID
  path: string
}

export interface ListedNode {
  name: string
  cid: CID
  /** `raw` and `node` in a listing of links. */
  type: EntryType | 'raw' | 'node'
  /** Content of a file, or the DAG below a link where its node tells; null otherwise. */
  sizeBytes: number | null
}

export interface DagListing {
  cid: CID
  entries: ListedNode[]
  /** Give it back as `after` for the next page; null at the end. */
  next: string | null
}

/** A file of a DAG. */
export interface OpenedFile {
  cid: CID
  sizeBytes: number
  /** Bytes from `start` up to `end`, each block checked against its CID. */
  read(range: { start: number; end: number }, options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>
  release(): Promise<void>
}

export interface ExportTo {
  outPath: string
  format: 'files' | 'car' | 'car-v2'
  overwrite: boolean
}

export interface WrittenDag {
  root: CID
  /** Of the dense CARv1 of what was written. */
  carSize: number
  path: string
  /** Bytes at `path`: of the files, or of the CAR. */
  sizeBytes: number
}

export interface DagToolsPorts {
  /** Imports and finished retrievals. */
  held: DagSource
  /** Whatever is on this machine, shards included. */
  anywhere: DagSource
  tasks: TaskRunner
  clock: Clock
}

/** Work on whole DAGs that are on this machine. BLOCK_NOT_FOUND when nothing here holds the root. */
export class DagTools {
  readonly #held: DagSource
  readonly #anywhere: DagSource
  readonly #tasks: TaskRunner
  readonly #clock: Clock

  constructor({ held, anywhere, tasks, clock }: DagToolsPorts) {
    this.#held = held
    this.#anywhere = anywhere
    this.#tasks = tasks
    this.#clock = clock
  }

  /** Whether an import or a finished retrieval holds a root. */
  async has(root: CID): Promise<boolean> {
    const dag = await this.#held.open(root)
    await dag?.release()
    return dag !== null
  }

  /** Sizes of the dense CARv1 that a deal transfers, and of its piece. */
  sizes(root: CID, options: LongWorkOptions = {}): Promise<{ carSize: number; pieceSize: number }> {
    return withDag(this.#held, root, async ({ blockstore }) => {
      const { size } = await denseCar(blockstore, root, options)
      return { carSize: size, pieceSize: paddedPieceSize(size) }
    })
  }

  stat(root: CID, options: LongWorkOptions = {}): Promise<DagStat> {
    return withDag(this.#held, root, async ({ blockstore }) => {
      const { payloadSize, carSize, blockCount } = await dagStat(blockstore, root, options)
      return { root: root.toString(), payloadSize, carSize, pieceSize: paddedPieceSize(carSize), blockCount }
    })
  }

  /** Commitment of that CAR. */
  commitment(root: CID, options: LongWorkOptions = {}): Promise<DagCommitment> {
    return withDag(this.#held, root, ({ blockstore }) => dagCommitment(blockstore, root, this.#tasks, options))
  }

  /** Writes the CARv1 that a deal on a file or folder would transfer, without importing it. FILE_EXISTS. */
  generateCar(path: string, outPath: string, options: GenerateCarOptions): Promise<GeneratedCar> {
    return generateCar(path, outPath, this.#tasks, options)
  }

  /** Writes files, or a CAR. It appears when it is whole. FILE_EXISTS. */
  export({ root, path }: NodePath, to: ExportTo, options: LongWorkOptions = {}): Promise<WrittenDag> {
    const { outPath, format, overwrite } = to
    return withDag(this.#held, root, async ({ blockstore }) => {
      const { cid } = await resolveNode(blockstore, { root, path }, options)
      const { carSize } = await dagStat(blockstore, cid, { signal: options.signal })
      if (format === 'files') {
        const written = await exportDag(blockstore, cid, outPath, { ...options, overwrite })
        return { root: cid, carSize, path: written.path, sizeBytes: written.sizeBytes }
      }
      const version = format === 'car' ? 1 : 2
      const written = await exportCar(blockstore, cid, outPath, { ...options, overwrite, version })
      return { root: cid, carSize, path: written.path, sizeBytes: written.carSize }
    })
  }

  /** Commitment of a CAR file. */
  carCommitment(path: string, options: LongWorkOptions = {}): Promise<DagCommitment> {
    return carCommitment(path, this.#tasks, options)
  }

  /** `commitment` with its progress. */
  commitmentEvents(root: CID, signal?: AbortSignal): AsyncGenerator<WorkEvent<DagCommitment>, void, void> {
    return workEvents((options) => this.commitment(root, options), this.#clock, signal)
  }

  /** `export` with its progress. */
  exportEvents(
    node: NodePath,
    to: ExportTo,
    signal?: AbortSignal,
  ): AsyncGenerator<WorkEvent<Omit<WrittenDag, 'root'> & { root: string }>, void, void> {
    return workEvents(
      async (options) => {
        const { root, ...written } = await this.export(node, to, options)
        return { ...written, root: root.toString() }
      },
      this.#clock,
      signal,
    )
  }

  /** The entries of a folder, a page at a time; a file lists itself. With `links` the links of the block instead. */
  list(
    { root, path }: NodePath,
    what: { links: boolean; after: string | null; limit: number },
    signal?: AbortSignal,
  ): Promise<DagListing> {
    return withDag(this.#anywhere, root, async ({ blockstore }) => {
      const node = await resolveNode(blockstore, { root, path }, { signal })
      if (what.links) return { cid: node.cid, ...linkPage(node.cid, await blockstore.get(node.cid, { signal }), what) }
      if (node.type !== 'directory') {
        const name = path.split('/').findLast((segment) => segment !== '') ?? ''
        return { cid: node.cid, entries: [{ name, ...node }], next: null }
      }
      return { cid: node.cid, ...(await listEntries(blockstore, node.cid, { ...what, signal })) }
    })
  }

  /** A file, to be read. Its sources stay open until it is released. NOT_A_FILE for a folder, and for what is no UnixFS. */
  async openFile({ root, path }: NodePath, { signal }: LongWorkOptions = {}): Promise<OpenedFile> {
    const dag = await openDag(this.#anywhere, root)
    try {
      const { cid, type, sizeBytes } = await resolveNode(dag.blockstore, { root, path }, { signal })
      if (type !== 'file' || sizeBytes === null) throw notAFile({ root, path }, type)
      const read: OpenedFile['read'] = (range, options) => readFile(dag.blockstore, cid, { ...range, ...options })
      return { cid, sizeBytes, read, release: () => dag.release() }
    } catch (error) {
      await dag.release()
      throw error
    }
  }
}

function notAFile({ root, path }: NodePath, type: ResolvedPath['type']): EngineError {
  return new EngineError(
    'NOT_A_FILE',
    `${path === '' ? root : path} is a ${type === 'other' ? 'node' : type}, not a file.`,
    { details: { root: root.toString(), path } },
  )
}

function resolveNode(
  blockstore: OpenDag['blockstore'],
  { root, path }: NodePath,
  { signal }: LongWorkOptions,
): Promise<ResolvedPath> {
  return resolvePath(blockstore, root, path, { signal, dataModel: true })
}

function linkPage(
  cid: CID,
  bytes: Uint8Array,
  { after, limit }: { after: string | null; limit: number },
): Pick<DagListing, 'entries' | 'next'> {
  const links = dataLinks(cid, bytes)
  const from = after === null ? 0 : links.findIndex(({ path }) => path === after) + 1
  const page = links.slice(from, from + limit)
  return {
    entries: page.map((link) => ({
      name: link.path,
      cid: link.cid,
      type: link.cid.code === RAW_CODEC ? ('raw' as const) : ('node' as const),
      sizeBytes: link.sizeBytes,
    })),
    next: from + limit < links.length ? (page.at(-1)?.path ?? null) : null,
  }
}

async function withDag<Result>(dags: DagSource, root: CID, work: (dag: OpenDag) => Promise<Result>): Promise<Result> {
  const dag = await openDag(dags, root)
  try {
    return await work(dag)
  } finally {
    await dag.release()
  }
}

async function openDag(dags: DagSource, root: CID): Promise<OpenDag> {
  const dag = await dags.open(root)
  if (dag !== null) return dag
  throw new EngineError('BLOCK_NOT_FOUND', `Nothing here holds ${root}. Import or retrieve it first.`, {
    details: { cid: root.toString() },
  })
}
