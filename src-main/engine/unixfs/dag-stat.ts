import type { CID } from 'multiformats/cid'
import { EngineError, type LongWorkOptions } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { DAG_PB_CODEC, encodeCarHeader, isIdentity, RAW_CODEC, sectionSize } from '../car/index.ts'
import { directoryLinks, readNode } from './directory-walk.ts'
import { traverse } from './traverse.ts'

export interface DagSizes {
  /** Bytes of file content below the root, every file counted; the bytes of the blocks where the DAG is not UnixFS. */
  payloadSize: number
  /** Bytes of the dense CARv1. */
  carSize: number
  /** Distinct CIDs, identity CIDs included. */
  blockCount: number
  /** Bytes of those blocks. */
  dagSizeBytes: number
}

/** Sizes of a DAG, from its inner nodes; raw blocks are not read. Errors as of `traverse`. */
export async function dagStat(blockstore: Blockstore, root: CID, options: LongWorkOptions = {}): Promise<DagSizes> {
  let carSize = encodeCarHeader([root]).length
  let blockCount = 0
  let dagSizeBytes = 0
  for await (const { cid, size } of traverse(blockstore, root, { signal: options.signal, leafSizesOnly: true })) {
    carSize += sectionSize(cid.bytes.length, size)
    dagSizeBytes += size
    blockCount++
    options.onProgress?.({ phase: 'Walking', doneBytes: dagSizeBytes, totalBytes: null })
  }
  const contentSize = await new ContentSizes(blockstore, root, options.signal).of(root)
  return { payloadSize: contentSize ?? dagSizeBytes, carSize, blockCount, dagSizeBytes }
}

/** Adds up file sizes. A folder that occurs again is not walked again. */
class ContentSizes {
  readonly #blockstore: Blockstore
  readonly #root: CID
  readonly #signal: AbortSignal | undefined
  readonly #folders = new Map<string, number>()

  constructor(blockstore: Blockstore, root: CID, signal: AbortSignal | undefined) {
    this.#blockstore = blockstore
    this.#root = root
    this.#signal = signal
  }

  /** null for a node that is not UnixFS. */
  async of(cid: CID): Promise<number | null> {
    const options = { signal: this.#signal }
    if (cid.code === RAW_CODEC)
      return isIdentity(cid) ? cid.multihash.digest.length : this.#blockstore.size(cid, options)
    if (cid.code !== DAG_PB_CODEC) return null
    const known = this.#folders.get(cid.toString())
    if (known !== undefined) return known
    const { node } = await readNode(this.#blockstore, this.#root, cid, options).catch((error: unknown) => {
      if (EngineError.is(error, 'UNIXFS_INVALID')) return { node: null }
      throw error
    })
    if (node === null) return null
    if (node.type === 'file') return node.sizeBytes
    if (node.type === 'symlink') return 0
    let sum = 0
    for await (const link of directoryLinks(this.#blockstore, cid, node, options)) sum += (await this.of(link.cid)) ?? 0
    this.#folders.set(cid.toString(), sum)
    return sum
  }
}
