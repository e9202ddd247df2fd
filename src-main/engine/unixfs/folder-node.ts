import { DAG_PB_CODEC } from '../car/index.ts'
import type { BlockOutlet } from './block-outlet.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendLink, DIRECTORY_DATA, encodeNode, linkLength, nodeLength } from './encode-node.ts'
import type { FinishedNode } from './file-tree.ts'
import { buildHamt } from './hamt-node.ts'

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

/** Writes the node of a folder, or the nodes of its HAMT. Entries must be in the order of the bytes of their names. */
export function buildFolder(entries: FolderEntries, outlet: BlockOutlet): FinishedNode {
  const { thresholdBytes, estimate } = outlet.naming.rules.hamt
  if (entries.measure(estimate) > thresholdBytes) return { ...buildHamt(entries, outlet), size: entries.size }
  const links = new ByteWriter(entries.linksLength)
  let tsize = 0
  for (let i = 0; i < entries.count; i++) {
    appendLink(links, entries.cid(i), entries.name(i), entries.tsize(i))
    tsize += entries.tsize(i)
  }
  const block = encodeNode(links.view(), DIRECTORY_DATA)
  return { cid: outlet.node(DAG_PB_CODEC, block), size: entries.size, tsize: tsize + block.length }
}
