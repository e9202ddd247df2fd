import { FolderTree, MoreHorizontal } from 'lucide-react'
import type { DealView, ShardDetail, ShardView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Button,
  Callout,
  Cid,
  Drawer,
  ErrorPanel,
  type Fact,
  Facts,
  IconButton,
  Menu,
  Section,
  StateBadge,
  Timeline,
  useNow,
} from '../../components/index.ts'
import { hrefOf, useLoaded, useRow, useServices, useTableState } from '../../state/index.ts'
import { dealStateOf, LotusDeals } from '../deals/index.ts'
import { counted } from '../paths/index.ts'
import { CauseFixButton } from './cause-fix-button.tsx'
import { CopiesSection } from './drawer/copies-section.tsx'
import { attemptsText, historySteps } from './drawer/history-steps.ts'
import { IndexSection } from './drawer/index-section.tsx'
import { type CauseFix, groupByCause } from './error-causes.ts'
import { canBrowse, canInitialize, canRecover, type ShardActions, shardMenu } from './shard-actions.tsx'
import { explanationOf, shardStateOf } from './shard-words.ts'

interface ShardDrawerProps {
  shard: ShardView
  actions: ShardActions
  onClose: () => void
}

export function ShardDrawer({ shard, actions, onClose }: ShardDrawerProps) {
  const { client, stores } = useServices()
  const { key, state, readers, error } = shard
  // A shard may be done so quickly that its row is seen in no other state: the end of a run changes its details, too.
  const ends = useTableState(stores.bulk).rows.map(({ endedAt }) => endedAt ?? '')
  const version = `${state} ${readers} ${error} ${ends.sort().at(-1)}`
  const detail = useLoaded(key, (signal) => client.shards.get({ key }, { signal }), version)
  const [cause] = groupByCause([shard])
  const more = cause?.fixes.filter(isMore) ?? []
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
              Recover…
            </Button>
          )}
          {canBrowse(shard) && (
            <Button kind="primary" icon={FolderTree} onClick={() => actions.browse(shard)}>
              Browse
            </Button>
          )}
          {canInitialize(shard) && <Button onClick={() => actions.initialize([shard])}>Initialize…</Button>}
          <Menu entries={shardMenu(actions, [shard]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      {cause === undefined ? (
        <p className="text-ink-soft">{explanationOf(state)}</p>
      ) : (
        <Callout
          tone={state === 'Errored' ? 'failed' : 'attention'}
          title={cause.title}
          actions={
            more.length > 0 &&
            more.map((fix) => <CauseFixButton key={fix} fix={fix} group={cause} primary={false} bare />)
          }
        >
          <p>{error}</p>
          <p className="pt-1">{cause.advice}</p>
        </Callout>
      )}
      {detail.status === 'failed' && <ErrorPanel error={detail.error} />}
      <CopiesSection detail={detail.value} shard={shard} />
      <IndexSection detail={detail.value} shard={shard} />
      <Use detail={detail.value} shard={shard} />
      <History detail={detail.value} />
    </Drawer>
  )
}

/** Recover stands above already, and Destroy in the menu. */
const isMore = (fix: CauseFix) => fix !== 'recover' && fix !== 'destroy'

/** Who reads it, and what else is known under the same piece. */
function Use({ detail, shard }: { detail: ShardDetail | null; shard: ShardView }) {
  const { stores } = useServices()
  const piece = useRow(stores.pieces, shard.key)
  const deals = useTableState(stores.deals).rows
  const waiting = detail?.waiting ?? 0
  const facts: Fact[] = [
    ['Readers', `${counted(shard.readers, 'reader')}${waiting > 0 ? `, ${waiting} waiting for it` : ''}`],
    ['Registered', shard.lazy ? 'Lazily: indexed when first read' : 'To be indexed at once'],
    [
      'Piece',
      piece === undefined ? null : (
        <a key="piece" href={hrefOf('pieces', shard.key)} className={LINK}>
          {piece.pieceSize === null ? 'Show piece' : `${formatBytes(piece.pieceSize)} padded`}
        </a>
      ),
    ],
    ['Deals', detail === null ? '–' : <Deals key="deals" ids={detail.deals} rows={deals} />],
    [
      'Deals in Lotus',
      detail === null || detail.lotusDeals.length === 0 ? null : <LotusDeals key="lotus" deals={detail.lotusDeals} />,
    ],
  ]
  return (
    <Section title="Use">
      <Facts facts={facts} />
    </Section>
  )
}

const LINK = 'rounded-sm text-accent-ink hover:underline'

function Deals({ ids, rows }: { ids: readonly string[]; rows: readonly DealView[] }) {
  if (ids.length === 0) return 'None names this piece'
  return (
    <ul className="space-y-1">
      {ids.map((id) => {
        const deal = rows.find(({ dealId }) => dealId === id)
        return (
          <li key={id} className="flex justify-between gap-3">
            <a href={hrefOf('deals', id)} className={`${LINK} min-w-0 truncate font-mono`}>
              {id}
            </a>
            {deal !== undefined && <StateBadge {...dealStateOf(deal)} />}
          </li>
        )
      })}
    </ul>
  )
}

const KEPT_MOMENTS = 50

/** States and attempts, also of before a restart. */
function History({ detail }: { detail: ShardDetail | null }) {
  const now = useNow()
  if (detail === null) return null
  const { attempts } = detail
  return (
    <Section title="History" action={<span className="text-ink-faint text-xs">{attemptsText(attempts)}</span>}>
      {attempts.length > 0 && <Timeline label="States and attempts" steps={historySteps(attempts, now)} />}
      {attempts.length === 0 && <p className="text-ink-faint text-xs">Nothing that happened to it was noted.</p>}
      {attempts.length >= KEPT_MOMENTS && (
        <p className="text-ink-faint text-xs">These are the latest {KEPT_MOMENTS}; older ones are not kept.</p>
      )}
    </Section>
  )
}
