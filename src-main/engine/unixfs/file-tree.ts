import { DAG_PB_CODEC } from '../car/index.ts'
import type { BlockNaming } from './block-naming.ts'
import type { BlockOutlet } from './block-outlet.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendBlockSize, appendFileData, appendLink, encodeNode } from './encode-node.ts'

/** A finished file or folder, as its parent links to it. */
export interface FinishedNode {
  cid: Uint8Array<ArrayBuffer>
  /** Bytes of file content. */
  size: number
  /** Bytes of the node and of everything below it, repeats included. */
  tsize: number
}

/** One level of the tree: a node that is being filled, already in its encoded form. */
interface Level {
  links: ByteWriter
  blockSizes: ByteWriter
  count: number
  size: number
  tsize: number
  /** The only child so far; a level with one child at the top is not a level. */
  only: FinishedNode | null
}

const NO_NAME = new Uint8Array(0)

/**
 * The balanced layout of a file: leaves from left to right, every node filled before the next one begins, all leaves
 * at one depth. Holds one open node per level, so memory does not grow with the file.
 */
export class FileTree {
  readonly #outlet: BlockOutlet
  readonly #naming: BlockNaming
  readonly #levels: Level[] = []
  readonly #data = new ByteWriter()

  constructor(outlet: BlockOutlet) {
    this.#outlet = outlet
    this.#naming = outlet.naming
  }

  addLeaf(leaf: FinishedNode): void {
    this.#add(0, leaf)
  }

  /** Closes what is open and begins anew. At least one leaf must have been added. */
  finish(): FinishedNode & { depth: number } {
    for (let level = 0; ; level++) {
      const open = this.#level(level)
      const isTop = level === this.#levels.length - 1 || this.#levels[level + 1]?.count === 0
      if (isTop && open.count === 1 && open.only !== null) {
        const root = { ...open.only, depth: level + 1 }
        this.#forget()
        return root
      }
      if (open.count > 0) this.#close(level)
    }
  }

  #add(at: number, child: FinishedNode): void {
    const level = this.#level(at)
    if (level.count === this.#naming.rules.maxLinks) this.#close(at)
    level.only = level.count === 0 ? child : null
    appendLink(level.links, child.cid, NO_NAME, child.tsize)
    appendBlockSize(level.blockSizes, child.size)
    level.count++
    level.size += child.size
    level.tsize += child.tsize
  }

  /** Writes the node of a level and links to it one level up. */
  #close(at: number): void {
    const level = this.#level(at)
    this.#data.clear()
    appendFileData(this.#data, level.size, level.blockSizes.view())
    const block = encodeNode(level.links.view(), this.#data.view())
    const node = { cid: this.#outlet.node(DAG_PB_CODEC, block), size: level.size, tsize: level.tsize + block.length }
    empty(level)
    this.#add(at + 1, node)
  }

  #forget(): void {
    for (const level of this.#levels) empty(level)
  }

  #level(at: number): Level {
    const existing = this.#levels[at]
    if (existing !== undefined) return existing
    const level: Level = {
      links: new ByteWriter(),
      blockSizes: new ByteWriter(),
      count: 0,
      size: 0,
      tsize: 0,
      only: null,
    }
    this.#levels.push(level)
    return level
  }
}

function empty(level: Level): void {
  level.links.clear()
  level.blockSizes.clear()
  level.count = level.size = level.tsize = 0
  level.only = null
}
