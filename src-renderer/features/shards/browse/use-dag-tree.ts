import { useCallback, useEffect, useRef, useState } from 'react'
import type { BrowseSession } from '../../../../src-shared/contract/index.ts'
import { errorValueOf } from '../../../client/index.ts'
import { toast } from '../../../components/index.ts'
import { useServices } from '../../../state/index.ts'
import { type DagNode, type DagTree, nodeAt, treeOf, withEntries, withOpen } from './dag-tree.ts'

const PAGE = 1000

interface DagTreeState {
  tree: DagTree
  /** Nodes whose entries are being loaded. */
  busy: ReadonlySet<string>
  toggle: (id: string) => void
  loadMore: (node: DagNode) => void
}

/** The tree of an acquired shard, loaded as it is opened. The first root opens by itself. */
export function useDagTree(session: BrowseSession): DagTreeState {
  const { client } = useServices()
  const [tree, setTree] = useState(() => treeOf(session.roots))
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set())
  const latest = useRef(tree)
  latest.current = tree
  const { sessionId } = session

  const load = useCallback(
    async (node: DagNode) => {
      setBusy((known) => new Set(known).add(node.id))
      try {
        const after = latest.current.children.get(node.id)?.next ?? null
        const page = await client.shards.entries({ sessionId, cid: node.cid, after, limit: PAGE })
        setTree((known) => withEntries(known, node, page))
      } catch (error) {
        toast.failed(`${node.name} cannot be opened`, errorValueOf(error))
      } finally {
        setBusy((known) => new Set([...known].filter((id) => id !== node.id)))
      }
    },
    [client, sessionId],
  )

  const toggle = useCallback(
    (id: string) => {
      const { open, children } = latest.current
      const node = nodeAt(latest.current, id)
      if (node === undefined) return
      const opening = !open.has(id)
      setTree((known) => withOpen(known, id, opening))
      if (opening && !children.has(id)) void load(node)
    },
    [load],
  )

  useEffect(() => {
    const [root] = latest.current.roots
    if (root !== undefined && !latest.current.open.has(root.id)) toggle(root.id)
  }, [toggle])

  return { tree, busy, toggle, loadMore: (node) => void load(node) }
}
