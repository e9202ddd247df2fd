import { ByteWriter } from './byte-writer.ts'
import { DIRECTORY_DATA, linkLength, nodeLength } from './encode-node.ts'
import type { FinishedNode } from './file-tree.ts'

/** The entries of a folder while it is put together, in flat arrays. */
export class FolderEntries {
  readonly #names = new ByteWriter()
  readonly #cids = new ByteWriter()
  readonly #nameEnds: number[] = []
  readonly #cidEnds: number[] = []
  readonly #tsizes: number[] = []
  /** Sum of the lengths of names and CIDs: how Kubo estimated a folder's size. */
  #namesAndCids = 0
  #linksLength = 0
  size = 0

  get count(): number {
    return this.#tsizes.length
  }

  add(name: string, node: FinishedNode): void {
    const nameLength = this.#names.text(name)
    this.#cids.bytes(node.cid)
    this.#nameEnds.push(this.#names.length)
    this.#cidEnds.push(this.#cids.length)
    this.#tsizes.push(node.tsize)
    this.#namesAndCids += nameLength + node.cid.length
    this.#linksLength += linkLength(node.cid.length, nameLength, node.tsize)
    this.size += node.size
  }

  name(index: number): Uint8Array {
    return this.#names.view(index === 0 ? 0 : this.#nameEnds[index - 1], this.#nameEnds[index])
  }

  cid(index: number): Uint8Array {
    return this.#cids.view(index === 0 ? 0 : this.#cidEnds[index - 1], this.#cidEnds[index])
  }

  tsize(index: number): number {
    return this.#tsizes[index] ?? 0
  }

  /** Bytes that decide between a plain folder and a HAMT. */
  measure(estimate: 'links' | 'block'): number {
    return estimate === 'links' ? this.#namesAndCids : nodeLength(this.#linksLength, DIRECTORY_DATA.length)
  }

  /** Bytes of the links of a plain folder. */
  get linksLength(): number {
    return this.#linksLength
  }
}
