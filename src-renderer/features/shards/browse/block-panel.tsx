import { Download, FileQuestion } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { BlockView, BrowseSession } from '../../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../../src-shared/format/index.ts'
import {
  Button,
  Cid,
  EmptyState,
  ErrorPanel,
  Facts,
  HexView,
  StateBadge,
  type Tab,
  Tabs,
} from '../../../components/index.ts'
import { attempt, useInfo, useLoaded, useServices } from '../../../state/index.ts'
import type { DagNode } from './dag-tree.ts'
import { bytesOf, imageTypeOf, readFileContent, textOf } from './file-content.ts'

const HEX_BYTES = 256 << 10

interface BlockPanelProps {
  session: BrowseSession
  node: DagNode
  onFollow: (cid: string) => void
}

/** One block: its facts, and its content as a preview, as text, as bytes, and as links. */
export function BlockPanel({ session, node, onFollow }: BlockPanelProps) {
  const { client } = useServices()
  const info = useInfo()
  const { sessionId } = session
  const block = useLoaded(`${sessionId}/${node.cid}`, (signal) =>
    client.shards.block({ sessionId, cid: node.cid, maxBytes: HEX_BYTES }, { signal }),
  )
  if (block.status === 'failed')
    return (
      <div className="p-4">
        <ErrorPanel error={block.error} />
      </div>
    )
  return (
    <section aria-label="Block" className="flex h-full min-h-0 flex-col">
      <div className="space-y-3 px-4 pt-3 pb-3">
        <div className="flex items-start gap-3">
          <h2 className="selectable min-w-0 flex-1 break-words font-semibold text-ink text-md">{node.name}</h2>
          <Button icon={Download} onClick={() => void saveBlock(client, session.key, node)}>
            Save block
          </Button>
        </div>
        <Facts
          facts={[
            ['Block', <Cid key="cid" value={node.cid} kind="Block" full gatewayUrl={info?.providerUrl ?? null} />],
            ['Codec', block.value?.codec ?? '…'],
            ['Block size', block.value === null ? '…' : formatBytes(block.value.sizeBytes)],
            ['Content', node.size === null ? null : formatBytes(node.size)],
            ['Position', block.value === null ? '…' : positionText(block.value.offset)],
            [
              'Hash',
              block.value === null ? (
                '…'
              ) : block.value.verified ? (
                <StateBadge key="hash" tone="ok" label="Matches the bytes" />
              ) : (
                <StateBadge key="hash" tone="failed" label="Does not match the bytes" />
              ),
            ],
          ]}
        />
      </div>
      {block.value !== null && <Content session={session} node={node} block={block.value} onFollow={onFollow} />}
    </section>
  )
}

interface ContentProps extends BlockPanelProps {
  block: BlockView
}

function Content({ session, node, block, onFollow }: ContentProps) {
  const { client } = useServices()
  const [tab, setTab] = useState('preview')
  const bytes = useMemo(() => bytesOf(block), [block])
  const isFile = node.type !== 'directory' && node.type !== 'symlink' && node.type !== 'missing'
  const content = useLoaded(isFile ? `${session.sessionId}/${node.cid}` : null, (signal) =>
    readFileContent(node.cid, (cid, maxBytes) =>
      client.shards.block({ sessionId: session.sessionId, cid, maxBytes }, { signal }),
    ),
  )
  const tabs: Tab[] = []
  if (content.value !== null) {
    const type = imageTypeOf(content.value)
    const text = type === null ? textOf(content.value) : null
    if (type !== null)
      tabs.push({
        id: 'preview',
        label: 'Preview',
        content: <Picture bytes={content.value} type={type} name={node.name} />,
      })
    if (text !== null && text !== '') tabs.push({ id: 'text', label: 'Text', content: <PlainText text={text} /> })
  }
  tabs.push({ id: 'bytes', label: 'Bytes', content: <Bytes bytes={bytes} block={block} /> })
  if (block.links.length > 0)
    tabs.push({
      id: 'links',
      label: `Links ${block.links.length.toLocaleString('en')}`,
      content: <Links block={block} onFollow={onFollow} />,
    })
  return <Tabs label="Content of the block" tabs={tabs} value={tab} onChange={setTab} />
}

function Bytes({ bytes, block }: { bytes: Uint8Array; block: BlockView }) {
  if (bytes.length === 0) return <EmptyState icon={FileQuestion} title="The block is empty" />
  return (
    <div className="flex h-full flex-col">
      <div className="min-h-0 flex-1">
        <HexView bytes={bytes} label="Bytes of the block" />
      </div>
      {bytes.length < block.sizeBytes && (
        <p className="border-line border-t px-4 py-1.5 text-ink-faint text-xs">
          The first {formatBytes(bytes.length)} of {formatBytes(block.sizeBytes)}. Save the block to see all of it.
        </p>
      )}
    </div>
  )
}

function PlainText({ text }: { text: string }) {
  return (
    <pre
      tabIndex={0}
      className="selectable -outline-offset-2 h-full overflow-auto whitespace-pre-wrap break-words px-4 py-3 text-xs"
    >
      {text.slice(0, 200_000)}
    </pre>
  )
}

function Picture({ bytes, type, name }: { bytes: Uint8Array<ArrayBuffer>; type: string; name: string }) {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, type])
  return (
    <div className="flex h-full items-center justify-center overflow-auto bg-sunken p-4">
      {url !== null && <img src={url} alt={name} className="max-h-full max-w-full object-contain" />}
    </div>
  )
}

function Links({ block, onFollow }: { block: BlockView; onFollow: (cid: string) => void }) {
  const SHOWN = 1000
  return (
    <div className="h-full overflow-y-auto">
      <ul className="divide-y divide-line px-4 text-xs">
        {block.links.slice(0, SHOWN).map(({ name, cid, size }, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: links have no identity but their position, and do not move
          <li key={position} className="flex items-center gap-4 py-1">
            <span className="figures w-10 shrink-0 text-right text-ink-faint">{position + 1}</span>
            <button
              type="button"
              onClick={() => onFollow(cid)}
              className="min-w-0 flex-1 truncate rounded-sm text-left text-accent-ink hover:underline"
            >
              {name || 'Unnamed link'}
            </button>
            <Cid value={cid} kind="Block" />
            <span className="figures w-20 shrink-0 text-right text-ink-soft">
              {size === null ? '' : formatBytes(size)}
            </span>
          </li>
        ))}
      </ul>
      {block.links.length > SHOWN && (
        <p className="px-4 py-2 text-ink-faint text-xs">
          and {(block.links.length - SHOWN).toLocaleString('en')} more links
        </p>
      )}
    </div>
  )
}

function positionText(offset: number | null): string {
  return offset === null ? 'In the CID itself' : `Byte ${offset.toLocaleString('en')} of the payload`
}

async function saveBlock(client: ReturnType<typeof useServices>['client'], key: string, node: DagNode): Promise<void> {
  await attempt('The block could not be saved', async () => {
    const { bytes } = await client.shards.getBlock({ key, cid: node.cid, outPath: null })
    const url = URL.createObjectURL(new Blob([bytesOf({ bytes: bytes ?? '' })]))
    const link = document.createElement('a')
    link.href = url
    link.download = node.type === 'raw' || node.type === 'file' ? node.name : `${node.cid}.block`
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  })
}
