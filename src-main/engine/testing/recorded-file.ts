import type { OpenWritableFile, WritableFile } from '../blockstore/index.ts'

/** One change of a file, as it reached the system. */
export type FileChange =
  | { kind: 'write'; position: number; bytes: Uint8Array }
  | { kind: 'truncate'; sizeBytes: number }
  | { kind: 'sync' }

/** A file in memory that remembers every change, so that a crash can be put between any two of them. */
export class RecordedFile implements WritableFile {
  readonly path: string
  readonly changes: FileChange[] = []
  #content: Buffer

  constructor(path: string, content: Uint8Array = new Uint8Array(0)) {
    this.path = path
    this.#content = Buffer.from(content)
  }

  get content(): Buffer {
    return Buffer.from(this.#content)
  }

  readonly opener: OpenWritableFile = async () => this

  async size(): Promise<number> {
    return this.#content.length
  }

  readAtSync(into: Uint8Array, position: number): number {
    const part = this.#content.subarray(position, position + into.length)
    into.set(part)
    return part.length
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    return this.readAtSync(into, position)
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    this.#apply({ kind: 'write', position, bytes: new Uint8Array(bytes) })
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#apply({ kind: 'truncate', sizeBytes })
  }

  async sync(): Promise<void> {
    this.#apply({ kind: 'sync' })
  }

  async close(): Promise<void> {}

  #apply(change: FileChange): void {
    this.changes.push(change)
    this.#content = applied(this.#content, change)
  }
}

/** The content after changes. */
export function contentAfter(start: Uint8Array, changes: readonly FileChange[]): Buffer {
  return changes.reduce(applied, Buffer.from(start))
}

/** A write of which only the first bytes arrived; other changes happen or do not. */
export function torn(change: FileChange, length: number): FileChange[] {
  if (change.kind !== 'write' || length === 0) return []
  return [{ ...change, bytes: change.bytes.subarray(0, length) }]
}

function applied(content: Buffer, change: FileChange): Buffer {
  if (change.kind === 'sync') return content
  const end = change.kind === 'write' ? change.position + change.bytes.length : change.sizeBytes
  const size = change.kind === 'write' ? Math.max(content.length, end) : end
  const next = Buffer.alloc(size)
  content.copy(next)
  if (change.kind === 'write') next.set(change.bytes, change.position)
  return next
}
