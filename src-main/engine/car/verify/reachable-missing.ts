/**
 * Follows the links from the roots, to tell blocks that the DAGs of the roots lack from those that only stray blocks
 * link to. Needed only where something is missing, and visits only nodes that can have links.
 */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileReader, othersRun, type RandomAccessReader, temporaryPathFor, throwIfAborted } from '../../base/index.ts'
import type { CarIndex } from '../car-index.ts'
import type { CarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import { RAW_CODEC } from '../cid-span.ts'
import { writeIndexFile } from '../generate-index.ts'
import type { IndexBuilder } from '../index-builder.ts'
import { openCarIndex } from '../open-car-index.ts'
import { forEachLink, type MissingBlock } from './missing-blocks.ts'

const NODES_AT_ONCE = 500

/** Those of `missing` that can be reached from the roots. */
export async function reachableMissing(
  reader: RandomAccessReader,
  layout: CarLayout,
  present: IndexBuilder,
  missing: readonly MissingBlock[],
  options: CarLimits & { signal?: AbortSignal },
): Promise<MissingBlock[]> {
  const path = temporaryPathFor(join(tmpdir(), 'car-verify'))
  await writeIndexFile(present, path)
  const indexReader = FileReader.open(path)
  try {
    const index = await openCarIndex(indexReader)
    return await new Walk(reader, layout, index, missing, options).run()
  } finally {
    await indexReader.close()
    await rm(path, { force: true })
  }
}

class Walk {
  readonly #reader: RandomAccessReader
  readonly #layout: CarLayout
  readonly #index: CarIndex
  readonly #options: CarLimits & { signal?: AbortSignal }
  readonly #missing: Map<string, MissingBlock>
  readonly #reached = new Map<string, MissingBlock>()
  /** Payload offsets of sections. */
  readonly #seen = new Set<number>()
  readonly #left: number[] = []

  constructor(
    reader: RandomAccessReader,
    layout: CarLayout,
    index: CarIndex,
    missing: readonly MissingBlock[],
    options: CarLimits & { signal?: AbortSignal },
  ) {
    this.#reader = reader
    this.#layout = layout
    this.#index = index
    this.#options = options
    this.#missing = new Map(missing.map((block) => [keyOf(block.multihash), block]))
  }

  async run(): Promise<MissingBlock[]> {
    for (const root of this.#layout.roots) this.#visit(root.multihash.bytes, root.code)
    for (let next = this.#left.pop(), done = 1; next !== undefined; next = this.#left.pop(), done++) {
      await this.#follow(next)
      if (done % NODES_AT_ONCE === 0) await othersRun()
    }
    return [...this.#reached.values()]
  }

  #visit(multihash: Uint8Array, codec: number): void {
    const key = keyOf(multihash)
    const missing = this.#missing.get(key)
    if (missing !== undefined) this.#reached.set(key, missing)
    else if (codec !== RAW_CODEC) {
      const [offset] = this.#index.findSync(multihash)
      if (offset === undefined || this.#seen.has(offset)) return
      this.#seen.add(offset)
      this.#left.push(offset)
    }
  }

  async #follow(offset: number): Promise<void> {
    throwIfAborted(this.#options.signal)
    const scan = scanCar(this.#reader, this.#layout, {
      ...this.#options,
      from: offset,
      readBytes: 64 * 1024,
      data: true,
    })
    for await (const batch of scan) {
      forEachLink(batch, 0, (bytes, _start, multihashStart, end, codec) =>
        this.#visit(bytes.subarray(multihashStart, end), codec),
      )
      return
    }
  }
}

function keyOf(multihash: Uint8Array): string {
  return Buffer.from(multihash.buffer, multihash.byteOffset, multihash.length).toString('latin1')
}
