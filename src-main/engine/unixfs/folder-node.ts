import { DAG_PB_CODEC } from '../car/index.ts'
import type { BlockOutlet } from './block-outlet.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendLink, DIRECTORY_DATA, encodeNode } from './encode-node.ts'
import type { FinishedNode } from './file-tree.ts'
import type { FolderEntries } from './folder-entries.ts'
import { buildHamt } from './hamt-node.ts'

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
