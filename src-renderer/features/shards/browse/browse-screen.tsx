import {
  ArrowLeft,
  Braces,
  File as FileIcon,
  FileQuestion,
  Folder,
  FolderRoot,
  Link2,
  MoreHorizontal,
  Square,
} from 'lucide-react'
import { useMemo, useState } from 'react'
import type { BrowseSession, DagEntry } from '../../../../src-shared/contract/index.ts'
import { formatBytes, shortCid } from '../../../../src-shared/format/index.ts'
import { Button, EmptyState, ErrorPanel, IconButton, Tree, type TreeLine } from '../../../components/index.ts'
import { goTo } from '../../../state/index.ts'
import { BlockPanel } from './block-panel.tsx'
import { type DagNode, isExpandable, linesOf, nodeAt } from './dag-tree.ts'
import { useDagTree } from './use-dag-tree.ts'
import { useSession } from './use-session.ts'

const ICONS = {
  file: FileIcon,
  directory: Folder,
  symlink: Link2,
  raw: Square,
  node: Braces,
  missing: FileQuestion,
} satisfies Record<DagEntry['type'], unknown>

interface BrowseScreenProps {
  shardKey: string
  /** CID of the block to show first; null for the root. */
  block: string | null
}

/** Inside a shard. It is acquired while this screen is open, and released when it closes. */
export function BrowseScreen({ shardKey, block }: BrowseScreenProps) {
  const session = useSession(shardKey)
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex h-13 shrink-0 items-center gap-3 border-line border-b px-4">
        <IconButton icon={ArrowLeft} label="Back to the shard" onClick={() => goTo('shards', shardKey)} />
        <div className="min-w-0 flex-1">
          <h1 className="truncate font-semibold text-ink">
            Browse <span className="font-mono font-normal text-ink-soft text-xs">{shortCid(shardKey, 16, 12)}</span>
          </h1>
          <p className="truncate text-ink-faint text-xs" aria-live="polite">
            {session.status === 'ready' && session.value !== null
              ? `Acquired${session.value.blockCount === null ? '' : `, ${session.value.blockCount.toLocaleString('en')} blocks`}. It is released when you leave.`
              : session.status === 'loading'
                ? 'Acquiring the shard. A piece that is not here yet is fetched and indexed first.'
                : 'Not acquired'}
          </p>
        </div>
        <Button onClick={() => goTo('shards', shardKey)}>Close and release</Button>
      </header>
      {session.status === 'failed' ? (
        <div className="mx-auto w-full max-w-136 p-6">
          <ErrorPanel
            error={session.error}
            title="The shard cannot be acquired"
            actions={
              <Button size="sm" onClick={session.reload}>
                Try again
              </Button>
            }
          />
        </div>
      ) : (
        session.value !== null && (
          <Browser key={`${session.value.sessionId}/${block}`} session={session.value} block={block} />
        )
      )}
    </div>
  )
}

function Browser({ session, block }: { session: BrowseSession; block: string | null }) {
  const { tree, busy, toggle, loadMore } = useDagTree(session)
  const [selected, setSelected] = useState<DagNode | null>(
    block === null ? (tree.roots[0] ?? null) : (tree.roots.find(({ cid }) => cid === block) ?? loose(block)),
  )
  const lines = useMemo(() => linesOf(tree), [tree])
  const treeLines = lines.map((line): TreeLine => {
    if (line.kind === 'more')
      return { id: line.id, depth: line.of.depth + 1, label: 'Show more…', icon: MoreHorizontal, open: null, dim: true }
    const { node } = line
    return {
      id: node.id,
      depth: node.depth,
      label: node.type === 'missing' ? `${node.name} (missing)` : node.name,
      note: node.size === null ? undefined : formatBytes(node.size),
      icon: node.depth === 0 ? FolderRoot : ICONS[node.type],
      open: isExpandable(node) ? tree.open.has(node.id) : null,
      busy: busy.has(node.id),
      dim: node.type === 'missing',
    }
  })
  if (session.roots.length === 0 && selected === null)
    return (
      <EmptyState icon={FileQuestion} title="This CAR names no root">
        Its blocks can be found by their CIDs, but there is no tree to show.
      </EmptyState>
    )
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(200px,34%)_1fr]">
      <div className="min-h-0 border-line border-r">
        <Tree
          label="Files"
          lines={treeLines}
          selectedId={selected?.id ?? null}
          onSelect={(id) => {
            const line = lines.find((each) => each.kind === 'more' && each.id === id)
            if (line?.kind === 'more') loadMore(line.of)
            else setSelected(nodeAt(tree, id) ?? null)
          }}
          onToggle={toggle}
        />
      </div>
      <div className="min-h-0 min-w-0 bg-surface">
        {selected !== null && (
          <BlockPanel
            key={selected.cid}
            session={session}
            node={selected}
            onFollow={(cid) => setSelected(lookup(lines, cid) ?? loose(cid))}
          />
        )}
      </div>
    </div>
  )
}

/** The line of the tree that shows this block, if one does. */
function lookup(lines: ReturnType<typeof linesOf>, cid: string): DagNode | undefined {
  for (const line of lines) if (line.kind === 'node' && line.node.cid === cid) return line.node
  return undefined
}

/** A block that was reached by a link and has no line in the tree. */
function loose(cid: string): DagNode {
  return { id: `link/${cid}`, depth: 1, name: shortCid(cid), cid, type: 'node', size: null }
}
