import { readFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { EngineError, inlineTaskRunner, silentLogger, systemClock } from '../../base/index.ts'
import { LevelStore } from '../../store/index.ts'
import { fixture } from '../../testing/fixtures.ts'
import { createDagstore } from '../dagstore.ts'
import type { Dagstore, DagstoreConfig } from '../dagstore-ports.ts'
import { BytesMount } from '../mount/bytes-mount.ts'
import { FileMount } from '../mount/file-mount.ts'
import { FolderMount } from '../mount/folder-mount.ts'
import { LotusMount } from '../mount/lotus-mount.ts'
import { MountRegistry } from '../mount/mount-registry.ts'
import { TestPieces } from './test-pieces.ts'

export const GO_VERSIONS = ['v0.4.3', 'v0.5.2', 'v0.7.0'] as const
export type GoVersion = (typeof GO_VERSIONS)[number]

interface Payload {
  shard: string
  file: string
  pieceCid: string
  access: 'random' | 'sequential'
  fetchError?: string
  sections: Array<{ cid: string; multihash: string; offset: number; sha256: string; length: number }>
}

export interface ExpectedShard {
  label: string
  key: string
  record: Record<string, unknown> | null
  index: { exists: boolean; sha256?: string; codec?: string; entries?: Array<[string, string]> }
  settled: { state: string; error: string } | null
  acquire: {
    result: 'ok' | 'error' | 'parked'
    error?: string
    allKeysCount?: number
    gets?: Array<{ cid: string; sha256?: string; length?: number; error?: string }>
  }
}

export interface Expected {
  shards: ExpectedShard[]
  shardsContainingMultihash: Array<{ multihash: string; keys: string[] }> | null
}

const WRITTEN_AT = '/srv/carport-fixtures/dagstore'
const payloads = JSON.parse(readFileSync(fixture('dagstore/payloads/payloads.json'), 'utf8')) as Payload[]

/** A copy of a directory that Go's dagstore wrote, with paths that fit, and the mounts it was written with. */
export class GoDirectory {
  readonly root: string
  readonly directory: string
  readonly pieces = new TestPieces()
  readonly expected: Expected
  #open: { dagstore: Dagstore; store: LevelStore } | null = null

  private constructor(root: string, version: GoVersion, expected: Expected) {
    this.root = root
    this.directory = join(root, version, 'dagstore')
    this.expected = expected
  }

  static async copy(version: GoVersion): Promise<GoDirectory> {
    const root = await mkdtemp(join(tmpdir(), 'carport-go-dagstore-'))
    await cp(fixture(`dagstore/${version}`), join(root, version), { recursive: true })
    await cp(fixture('dagstore/payloads'), join(root, 'payloads'), { recursive: true })
    const expected = JSON.parse(await readFile(join(root, version, 'expected.json'), 'utf8')) as Expected
    const copy = new GoDirectory(root, version, expected)
    await copy.#adaptPaths()
    await copy.#loadPieces()
    return copy
  }

  static payloadOf(label: string): Payload | undefined {
    return payloads.find(({ shard }) => shard === label)
  }

  mounts(): MountRegistry {
    const sequential = new Set(payloads.filter(({ access }) => access === 'sequential').map(({ pieceCid }) => pieceCid))
    const files = join(this.root, 'payloads', 'files')
    return new MountRegistry()
      .register('lotus', new LotusMount(this.pieces, { copy: (cid: CID) => sequential.has(cid.toString()) }))
      .register('file', new FileMount({ baseDirectory: files }))
      .register('fs', new FolderMount(files))
      .register('bytes', new BytesMount())
  }

  async open(config: DagstoreConfig = {}): Promise<Dagstore> {
    const store = await this.store()
    const dagstore = createDagstore({
      directory: this.directory,
      store,
      tasks: inlineTaskRunner,
      mounts: this.mounts(),
      clock: systemClock,
      log: silentLogger,
      config: { GCInterval: 0, ...config },
    })
    this.#open = { dagstore, store }
    await dagstore.start()
    return dagstore
  }

  async close(): Promise<void> {
    await this.#open?.dagstore.close()
    await this.#open?.store.close()
    this.#open = null
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.root, { recursive: true, force: true })
  }

  /** The database alone. */
  store(): Promise<LevelStore> {
    return LevelStore.open(join(this.directory, 'datastore'), { compression: false })
  }

  async #adaptPaths(): Promise<void> {
    const store = await this.store()
    for await (const { key, value } of store.entries({ prefix: Buffer.from('/dagstore/') })) {
      const text = Buffer.from(value).toString('utf8')
      const adapted = text
        .replaceAll(WRITTEN_AT, this.root)
        .replaceAll(encodeURIComponent(WRITTEN_AT), encodeURIComponent(this.root))
      if (adapted !== text) await store.put(key, Buffer.from(adapted))
    }
    await store.close()
  }

  async #loadPieces(): Promise<void> {
    for (const { file, pieceCid, fetchError } of payloads) {
      if (!file.startsWith('pieces/')) continue
      this.pieces.set(pieceCid, await readFile(join(this.root, 'payloads', file)))
      if (fetchError !== undefined)
        this.pieces.fail(
          pieceCid,
          new EngineError('PIECE_NOT_FOUND', `failed to fetch unsealed piece ${pieceCid}: ${fetchError}`),
        )
    }
  }
}
