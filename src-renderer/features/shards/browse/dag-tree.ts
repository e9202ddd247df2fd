import type { DagEntry } from '../../../../src-shared/contract/index.ts'

/**
 * What is known of a DAG while it is looked through: nodes by their path of positions (the same CID can appear at many
 * places), with the children that have been loaded so far.
 */
export interface DagNode extends DagEntry {
  /** `0/3/12`: root 0, its 4th entry, that one's 13th. */
  id: string
  depth: number
}

export interface Children {
  nodes: DagNode[]
  /** Where the next page begins; null when all are there. */
  next: string | null
}

export interface DagTree {
  roots: DagNode[]
  children: ReadonlyMap<string, Children>
  open: ReadonlySet<string>
}

export function treeOf(roots: readonly string[]): DagTree {
  return {
    roots: roots.map((cid, index) => ({
      id: String(index),
      depth: 0,
      name: roots.length === 1 ? 'Root' : `Root ${index + 1}`,
      cid,
      type: 'node',
      size: null,
    })),
    children: new Map(),
    open: new Set(),
  }
}

/** A page of entries below `parent`, after those that are there. */
export function withEntries(
  tree: DagTree,
  parent: DagNode,
  { entries, next }: { entries: readonly DagEntry[]; next: string | null },
): DagTree {
  const known = tree.children.get(parent.id)?.nodes ?? []
  const added = entries.map((entry, index): DagNode => {
    const position = known.length + index
    return {
      ...entry,
      id: `${parent.id}/${position}`,
      depth: parent.depth + 1,
      name: entry.name || `Block ${position + 1}`,
    }
  })
  return { ...tree, children: new Map(tree.children).set(parent.id, { nodes: [...known, ...added], next }) }
}

export function withOpen(tree: DagTree, id: string, isOpen: boolean): DagTree {
  const open = new Set(tree.open)
  if (isOpen) open.add(id)
  else open.delete(id)
  return { ...tree, open }
}

/** A line on screen: a node, or the way to more entries of `of`. */
export type DagLine = { kind: 'node'; node: DagNode } | { kind: 'more'; of: DagNode; id: string }

/** Depth-first, only below what is open. */
export function linesOf({ roots, children, open }: DagTree): DagLine[] {
  const lines: DagLine[] = []
  const visit = (nodes: readonly DagNode[]) => {
    for (const node of nodes) {
      lines.push({ kind: 'node', node })
      if (!open.has(node.id)) continue
      const below = children.get(node.id)
      if (below === undefined) continue
      visit(below.nodes)
      if (below.next !== null) lines.push({ kind: 'more', of: node, id: `${node.id}/more` })
    }
  }
  visit(roots)
  return lines
}

export function nodeAt({ roots, children }: DagTree, id: string): DagNode | undefined {
  const parentId = id.slice(0, id.lastIndexOf('/'))
  const siblings = id.includes('/') ? children.get(parentId)?.nodes : roots
  return siblings?.find((node) => node.id === id)
}

/** Whether it can be opened. The blocks of a file are seen beside it, as links. */
export function isExpandable({ type }: DagEntry): boolean {
  return type === 'directory' || type === 'node'
}
