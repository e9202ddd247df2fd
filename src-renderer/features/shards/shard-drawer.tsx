import { FolderTree, MoreHorizontal } from 'lucide-react'
import type { ShardDetail, ShardView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Button,
  Callout,
  Cid,
  Drawer,
  ErrorPanel,
  Facts,
  IconButton,
  Menu,
  PathText,
  Section,
  StateBadge,
  Timeline,
} from '../../components/index.ts'
import { hrefOf, useLoaded, useServices } from '../../state/index.ts'
import { counted } from '../paths/index.ts'
import { groupByCause } from './error-causes.ts'
import { canBrowse, canInitialize, canRecover, type ShardActions, shardMenu } from './shard-actions.tsx'
import { explanationOf, mountWord, shardStateOf } from './shard-words.ts'

interface ShardDrawerProps {
  shard: ShardView
  actions: ShardActions
  onClose: () => void
}

export function ShardDrawer({ shard, actions, onClose }: ShardDrawerProps) {
  const { client } = useServices()
  const { key, state, readers, error } = shard
  const detail = useLoaded(key, (signal) => client.shards.get({ key }, { signal }), `${state} ${readers} ${error}`)
  const [cause] = groupByCause([shard])
  return (
    <Drawer
      kind="Shard"
      title={<Cid value={key} kind="Shard" full />}
      state={<StateBadge {...shardStateOf(shard)} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {canRecover(shard) && (
            <Button kind="primary" onClick={() => actions.recover([shard])}>
              Recover
            </Button>
          )}
          {canBrowse(shard) && (
            <Button kind="primary" icon={FolderTree} onClick={() => actions.browse(shard)}>
              Browse
            </Button>
          )}
          {canInitialize(shard) && <Button onClick={() => actions.initialize([shard])}>Initialize</Button>}
          <Menu entries={shardMenu(actions, [shard]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      {cause === undefined ? (
        <p className="text-ink-soft">{explanationOf(state)}</p>
      ) : (
        <Callout tone="failed" title={cause.title}>
          <p>{error}</p>
          <p className="pt-1">{cause.advice}</p>
        </Callout>
      )}
      {detail.status === 'failed' && <ErrorPanel error={detail.error} />}
      <Copies detail={detail.value} shard={shard} />
      <Section title="Index">
        <Facts
          facts={[
            ['Blocks', detail.value?.blockCount?.toLocaleString('en') ?? '–'],
            ['Kind', detail.value?.indexCodec ?? '–'],
            ['Readers', counted(readers, 'reader')],
            ['Registered', shard.lazy ? 'Lazily: indexed when first read' : 'To be indexed at once'],
          ]}
        />
      </Section>
      <Attempts detail={detail.value} />
      <Deals detail={detail.value} />
    </Drawer>
  )
}

const COPY_WORDS = { piece: 'Piece', transient: 'Transient', index: 'Index' }

function Copies({ detail, shard }: { detail: ShardDetail | null; shard: ShardView }) {
  return (
    <Section title="Copies">
      <ul className="space-y-2">
        {(detail?.copies ?? []).map(({ kind, path, sizeBytes, exists }) => (
          <li key={kind} className="flex items-baseline gap-3 text-xs">
            <span className="w-16 shrink-0 text-ink-faint">{COPY_WORDS[kind]}</span>
            <span className="min-w-0 flex-1">
              <PathText path={path} />
            </span>
            <span className={`figures shrink-0 ${exists ? 'text-ink' : 'text-ink-faint'}`}>
              {exists ? (sizeBytes === null ? 'There' : formatBytes(sizeBytes)) : 'Not there'}
            </span>
          </li>
        ))}
      </ul>
      <p className="selectable break-all text-ink-faint text-xs">
        {mountWord(shard.url)}: {shard.url}
      </p>
    </Section>
  )
}

function Attempts({ detail }: { detail: ShardDetail | null }) {
  if (detail === null || detail.attempts.length === 0) return null
  return (
    <Section title="Attempts">
      <Timeline
        label="Attempts"
        steps={detail.attempts.map((attempt, position) => ({
          id: String(position),
          tone: shardStateOf(attempt).tone,
          moving: position === detail.attempts.length - 1 && shardStateOf(attempt).moving === true,
          title: `${sentenceCase(attempt.op)}: ${attempt.state}`,
          at: attempt.at,
          detail: attempt.error ?? undefined,
        }))}
      />
    </Section>
  )
}

function Deals({ detail }: { detail: ShardDetail | null }) {
  if (detail === null || detail.deals.length === 0) return null
  return (
    <Section title="Deals">
      <ul className="space-y-1 text-xs">
        {detail.deals.map((dealId) => (
          <li key={dealId}>
            <a href={hrefOf('deals', dealId)} className="rounded-sm font-mono text-accent-ink hover:underline">
              {dealId}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** `MakeAvailable` -> `Make available`. */
function sentenceCase(text: string): string {
  const words = text.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
