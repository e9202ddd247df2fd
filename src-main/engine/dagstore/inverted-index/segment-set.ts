import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, type Logger, TaskQueue, type TaskRunner } from '../../base/index.ts'
import type { Store } from '../../store/index.ts'
import type { DeferredRows } from '../deferred-rows.ts'
import { mergeSegmentsTask } from './merge-segments.ts'
import { newPostingSecret, type PostingSecret } from './posting-key.ts'
import { Segment } from './segment.ts'
import { writeSegmentTask } from './write-segment.ts'

export interface SegmentPorts {
  /** The segments' own. Whatever else lies there is removed. */
  directory: string
  store: Store
  rows: DeferredRows
  tasks: TaskRunner
  log: Logger
  /** Told before each step that changes files or rows, and may hold it up: crash tests stop here. */
  onStep?: (step: SegmentStep) => Promise<void> | void
}

export type SegmentStep = 'write-segment' | 'merge-segments' | 'write-manifest' | 'delete-segments'

const SUFFIX = '.postings'

/** The row that names the segments, and so decides which there are. */
const MANIFEST = Buffer.from('/pg')
interface Manifest {
  secret: PostingSecret
  /** Oldest first. */
  segments: string[]
  /** The number in the name of the next. */
  next: number
}

/** The segments of an inverted index, and the row that names them. A change is made when the row says so. */
export class SegmentSet {
  readonly #ports: SegmentPorts
  readonly #changes = new TaskQueue()
  #segments: readonly Segment[] = []
  #secret: PostingSecret = newPostingSecret()
  #next = 1

  constructor(ports: SegmentPorts) {
    this.#ports = ports
  }

  /** Oldest first. */
  get all(): readonly Segment[] {
    return this.#segments
  }

  get secret(): PostingSecret {
    return this.#secret
  }

  /** Opens what the row names. What cannot be used is left out, with a warning, and what it does not name is removed. */
  async open(): Promise<void> {
    await mkdir(this.#ports.directory, { recursive: true })
    const { secret, segments, next } = await this.#readManifest()
    this.#secret = secret
    this.#next = next
    const opened: Segment[] = []
    for (const name of segments) {
      const segment = await this.#openNamed(name)
      if (segment !== null) opened.push(segment)
    }
    if (opened.length < segments.length) await this.#change(() => opened)
    this.#segments = opened
    const named = new Set(opened.map(({ name }) => name))
    for (const name of await readdir(this.#ports.directory)) if (!named.has(name)) await this.#delete(name)
  }

  /** Writes postings as the newest segment. They stay where they are, and are not changed. */
  async write(postings: Uint32Array): Promise<void> {
    const path = this.#newPath()
    await this.#step('write-segment')
    await this.#ports.tasks.run(writeSegmentTask, { path, postings, secret: this.#secret })
    await this.#changeTo(path, (segments, written) => [...segments, written])
  }

  /** Puts one segment in the place of some, without postings of dead numbers; says how many it left out. */
  async merge(merged: readonly Segment[], dead: Uint32Array, signal: AbortSignal): Promise<number> {
    const path = this.#newPath()
    const paths = merged.map((segment) => segment.path)
    await this.#step('merge-segments')
    const input = { paths, path, dead, secret: this.#secret }
    const removed = await this.#ports.tasks.run(mergeSegmentsTask, input, { signal })
    await this.#changeTo(path, (segments, written) => {
      const at = segments.findIndex((segment) => merged.includes(segment))
      const kept = segments.filter((segment) => !merged.includes(segment))
      return written.recordCount === 0 ? kept : kept.toSpliced(at < 0 ? kept.length : at, 0, written)
    })
    return removed
  }

  /** Does without a segment. */
  drop(dropped: Segment): Promise<void> {
    return this.#change((segments) => segments.filter((segment) => segment !== dropped))
  }

  async close(): Promise<void> {
    await this.#changes.drained()
    for (const segment of this.#segments) await segment.close()
    this.#segments = []
  }

  async #openNamed(name: string): Promise<Segment | null> {
    try {
      const segment = await Segment.open(join(this.#ports.directory, name))
      if (String(segment.secret) === String(this.#secret)) return segment
      await segment.close()
      this.#ports.log.warn('a part of the inverted index belongs to another and is made anew', { segment: name })
    } catch (thrown) {
      const error = EngineError.from(thrown).message
      this.#ports.log.warn('a part of the inverted index cannot be used and is made anew', { segment: name, error })
    }
    return null
  }

  async #changeTo(path: string, change: (segments: readonly Segment[], written: Segment) => Segment[]): Promise<void> {
    const written = await Segment.open(path)
    try {
      await this.#change((segments) => change(segments, written))
    } finally {
      if (!this.#segments.includes(written)) await this.#discard(written)
    }
  }

  /** Changes are made one after another; segments that are no longer named are closed and deleted. */
  #change(change: (segments: readonly Segment[]) => Segment[]): Promise<void> {
    return this.#changes.run(async () => {
      const before = this.#segments
      const segments = change(before)
      const manifest: Manifest = { secret: this.#secret, segments: segments.map(({ name }) => name), next: this.#next }
      await this.#step('write-manifest')
      await this.#ports.rows.write([{ type: 'put', key: MANIFEST, value: Buffer.from(JSON.stringify(manifest)) }])
      this.#segments = segments
      const gone = before.filter((segment) => !segments.includes(segment))
      if (gone.length > 0) await this.#step('delete-segments')
      for (const segment of gone) await this.#discard(segment)
    })
  }

  async #discard(segment: Segment): Promise<void> {
    await segment.close()
    await this.#delete(segment.name)
  }

  /** What cannot be deleted is left for the next start. */
  async #delete(name: string): Promise<void> {
    await rm(join(this.#ports.directory, name), { force: true, recursive: true }).catch(() => {})
  }

  #newPath(): string {
    return join(this.#ports.directory, `${String(this.#next++).padStart(8, '0')}${SUFFIX}`)
  }

  async #readManifest(): Promise<Manifest> {
    const row = await this.#ports.store.get(MANIFEST)
    const none = { secret: newPostingSecret(), segments: [], next: 1 }
    if (row === undefined) return none
    const manifest = decodeManifest(row)
    if (manifest === null)
      this.#ports.log.warn('the list of the parts of the inverted index cannot be read; they are made anew')
    return manifest ?? none
  }

  async #step(step: SegmentStep): Promise<void> {
    await this.#ports.onStep?.(step)
  }
}

/** null for a damaged row. */
function decodeManifest(row: Uint8Array): Manifest | null {
  try {
    const { secret, segments, next } = JSON.parse(Buffer.from(row).toString()) as Manifest
    const isWhole = secret.length === 2 && [...secret, next].every(Number.isInteger) && segments.every(isSegmentName)
    return isWhole ? { secret, segments, next } : null
  } catch {
    return null
  }
}

function isSegmentName(name: unknown): boolean {
  return typeof name === 'string' && /^\d+\.postings$/.test(name)
}
