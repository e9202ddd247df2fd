import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError, MemoryReader } from '../../base/index.ts'
import { type CarIndex, openCarIndex } from '../../car/index.ts'
import { fileNameOfKey } from '../file-names.ts'
import type { IndexCheck, IndexRepo } from './index-repo.ts'

/** Indexes that last as long as the process: for tests. */
export class MemoryIndexRepo implements IndexRepo {
  readonly #indexes = new Map<string, Uint8Array>()

  async open(): Promise<Set<string>> {
    return new Set(Array.from(this.#indexes.keys(), fileNameOfKey))
  }

  async stat(key: string): Promise<{ sizeBytes: number; path: null } | null> {
    const bytes = this.#indexes.get(key)
    return bytes === undefined ? null : { sizeBytes: bytes.length, path: null }
  }

  async get(key: string): Promise<CarIndex> {
    const bytes = this.#indexes.get(key)
    if (bytes === undefined)
      throw new EngineError('INDEX_MISSING', `The shard ${key} has no index.`, { details: { key } })
    return openCarIndex(new MemoryReader(bytes))
  }

  check(keys: string[]): Promise<IndexCheck[]> {
    return Promise.all(
      keys.map((key) =>
        this.get(key).then(
          ({ byteLength }) => ({ key, byteLength }),
          (error: unknown) => ({ key, error: EngineError.from(error) }),
        ),
      ),
    )
  }

  async put<Result extends { content: Uint8Array | null }>(
    key: string,
    write: (path: string) => Promise<Result>,
  ): Promise<Result> {
    const path = join(tmpdir(), `carport-index-${randomUUID()}`)
    try {
      const result = await write(path)
      this.#indexes.set(key, result.content ?? (await readFile(path)))
      return result
    } finally {
      rmSync(path, { force: true })
    }
  }

  async settle(): Promise<void> {}

  async fingerprint(key: string): Promise<string | null> {
    const bytes = this.#indexes.get(key)
    return bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex')
  }

  async delete(key: string): Promise<number> {
    const bytes = this.#indexes.get(key)
    this.#indexes.delete(key)
    return bytes?.length ?? 0
  }
}
