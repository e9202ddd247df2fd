import { type CarIndex, INDEX_SORTED, readMultihash } from '../../car/index.ts'
import type { AddOptions, InvertedIndex, ShardsThere } from './inverted-index.ts'

interface Entered {
  multihashes: Set<string>
  sizeBytes: number | null
}

/** An inverted index that lasts as long as the process, for tests: a set of multihashes for each shard. */
export class MemoryInvertedIndex implements InvertedIndex {
  readonly #entered = new Map<string, Entered>()

  async open(shards: ShardsThere): Promise<void> {
    for (const shard of this.#entered.keys()) if (shards.find(shard) === undefined) this.#entered.delete(shard)
  }

  get postingCount(): number {
    return [...this.#entered.values()].reduce((sum, { multihashes }) => sum + multihashes.size, 0)
  }

  has(shard: string): boolean {
    return this.#entered.has(shard)
  }

  async add(shard: string, index: CarIndex, { signal, sizeBytes = null }: AddOptions = {}): Promise<void> {
    const multihashes = new Set<string>()
    for await (const { hashCode, digestLength, count, bytes } of index.batches(signal))
      for (let i = 0, from = 0; i < count; i++, from += digestLength + 8)
        multihashes.add(
          nameOf(index.codec === INDEX_SORTED ? null : hashCode, bytes.subarray(from, from + digestLength)),
        )
    this.#entered.set(shard, { multihashes, sizeBytes: sizeBytes ?? this.sizeOf(shard) })
  }

  async leave(): Promise<void> {}

  stay(): void {}

  sizeOf(shard: string): number | null {
    return this.#entered.get(shard)?.sizeBytes ?? null
  }

  async lookup(multihash: Uint8Array): Promise<string[]> {
    const { code, digest } = readMultihash(multihash)
    const names = [nameOf(code, digest), nameOf(null, digest)]
    return [...this.#entered.keys()].filter((shard) => this.#holdsAny(shard, names))
  }

  async remove(shard: string): Promise<void> {
    this.#entered.delete(shard)
  }

  async purge(): Promise<{ removed: number }> {
    return { removed: 0 }
  }

  async settle(): Promise<void> {}

  async close(): Promise<void> {}

  #holdsAny(shard: string, names: string[]): boolean {
    return names.some((name) => this.#entered.get(shard)?.multihashes.has(name))
  }
}

function nameOf(hashCode: number | null, digest: Uint8Array): string {
  return `${hashCode} ${Buffer.from(digest).toString('hex')}`
}
