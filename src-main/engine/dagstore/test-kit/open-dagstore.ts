import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore, type Store } from '../../store/index.ts'
import { createDagstore } from '../dagstore.ts'
import type { Dagstore, DagstoreOptions, ShardTrace } from '../dagstore-ports.ts'
import { BytesMount } from '../mount/bytes-mount.ts'
import { FileMount } from '../mount/file-mount.ts'
import { LotusMount } from '../mount/lotus-mount.ts'
import { MountRegistry } from '../mount/mount-registry.ts'
import { TestPieces } from './test-pieces.ts'

export interface OpenedDagstore {
  dagstore: Dagstore
  store: Store
  traces: ShardTrace[]
  close(): Promise<void>
}

export interface TestSetup extends Partial<DagstoreOptions> {
  /** Copy pieces to transients instead of reading them in place. */
  sequential?: boolean
}

/** A folder for dagstores, opened, closed and opened again on the same files; all is removed in the end. */
export class DagstoreHome {
  readonly directory: string
  readonly pieces = new TestPieces()
  readonly #opened = new Set<OpenedDagstore>()

  private constructor(directory: string) {
    this.directory = directory
  }

  static async create(): Promise<DagstoreHome> {
    return new DagstoreHome(await mkdtemp(join(tmpdir(), 'carport-dagstore-')))
  }

  mounts(sequential = false): MountRegistry {
    return new MountRegistry()
      .register('lotus', new LotusMount(this.pieces, { copy: () => sequential }))
      .register('file', new FileMount())
      .register('bytes', new BytesMount())
  }

  /** The records alone. The caller closes them. */
  openStore(): Promise<Store> {
    return LevelStore.open(join(this.directory, 'datastore'), { compression: false })
  }

  /** Opens and starts. */
  async open(setup: TestSetup = {}): Promise<OpenedDagstore> {
    const { sequential = false, ...options } = setup
    const store = options.store ?? (await this.openStore())
    const dagstore = createDagstore({
      directory: this.directory,
      store,
      tasks: inlineTaskRunner,
      mounts: this.mounts(sequential),
      clock: systemClock,
      log: silentLogger,
      ...options,
      config: { GCInterval: 0, ...options.config },
    })
    const traces: ShardTrace[] = []
    dagstore.traces.listen((trace) => traces.push(trace))
    const opened: OpenedDagstore = {
      dagstore,
      store,
      traces,
      close: async () => {
        if (!this.#opened.delete(opened)) return
        await dagstore.close()
        if (options.store === undefined) await store.close()
      },
    }
    this.#opened.add(opened)
    await dagstore.start()
    return opened
  }

  async closeAll(): Promise<void> {
    for (const opened of [...this.#opened]) await opened.close()
  }

  async remove(): Promise<void> {
    await this.closeAll()
    await rm(this.directory, { recursive: true, force: true })
  }
}
