import { ChevronRight, FolderSearch, MoreHorizontal } from 'lucide-react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { ADVICE, type ErrorCode } from '../../../src-shared/errors/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Button,
  baseName,
  Callout,
  Cid,
  Drawer,
  Facts,
  IconButton,
  Menu,
  momentText,
  PathText,
  ProgressLine,
  Section,
  StateBadge,
} from '../../components/index.ts'
import { hrefOf, useInfo, useLoaded, useServices, useTableState } from '../../state/index.ts'
import { dealStateOf } from '../deals/index.ts'
import { type ImportActions, importMenu, isUsable, Remedies } from './import-actions.tsx'
import { healthOf, KIND_WORDS, PROFILE_WORDS } from './import-words.ts'

interface ImportDrawerProps {
  view: ImportView
  actions: ImportActions
  onClose: () => void
}

export function ImportDrawer({ view, actions, onClose }: ImportDrawerProps) {
  const { reveal } = actions
  return (
    <Drawer
      kind="Import"
      title={baseName(view.source)}
      state={view.progress === null && <StateBadge {...healthOf(view)} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {view.state === 'importing' ? (
            <Button onClick={() => actions.cancel([view])}>Cancel</Button>
          ) : (
            isUsable(view) && (
              <>
                <Button kind="primary" onClick={() => actions.send([view])}>
                  Send to provider
                </Button>
                <Button onClick={() => actions.retrieve(view)}>Retrieve…</Button>
              </>
            )
          )}
          {reveal !== null && view.kind !== 'self-contained' && (
            <IconButton icon={FolderSearch} label="Show in folder" onClick={() => reveal(view)} />
          )}
          <Menu entries={importMenu(actions, [view]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      {view.progress !== null && <ProgressLine progress={view.progress} label={`Importing ${baseName(view.source)}`} />}
      {view.problem !== null && (
        <Callout
          tone={view.health === 'attention' ? 'attention' : 'failed'}
          title={view.problem.message}
          actions={<Remedies view={view} actions={actions} />}
        >
          {view.problem.code in ADVICE && <p>{ADVICE[view.problem.code as ErrorCode]}</p>}
          <p className="pt-1 font-mono text-2xs text-ink-faint">{view.problem.code}</p>
        </Callout>
      )}
      <Section title="What it is">
        <Facts
          facts={[
            ['Root', view.root === null ? null : <RootCid key="root" root={view.root} />],
            ['Size', formatBytes(view.sizeBytes)],
            ['Original', <PathText key="source" path={view.source} />],
            ['Kept as', KIND_WORDS[view.kind].label],
            ['Profile', view.profile === null ? null : PROFILE_WORDS[view.profile].label],
            ['Blocks', view.blockCount === null ? null : view.blockCount.toLocaleString('en')],
            ['Imported', momentText(view.createdAt)],
          ]}
        />
        <p className="text-ink-faint text-xs">{KIND_WORDS[view.kind].explanation}</p>
      </Section>
      {isUsable(view) && view.root !== null && <PieceDetails root={view.root} />}
      <Section title="CAR">
        <Facts
          facts={[
            ['File', <PathText key="car" path={view.carPath} />],
            ['Size', view.carSizeBytes === null ? null : formatBytes(view.carSizeBytes)],
            [
              'Id',
              <span key="id" className="font-mono">
                {view.id}
              </span>,
            ],
          ]}
        />
      </Section>
      <DealsOf root={view.root} />
    </Drawer>
  )
}

function RootCid({ root }: { root: string }) {
  const info = useInfo()
  return <Cid value={root} kind="Root" full gatewayUrl={info?.providerUrl ?? null} />
}

/** What a deal would transfer. Walks the DAG, so it is asked for, not computed for every import that is opened. */
function PieceDetails({ root }: { root: string }) {
  const { client } = useServices()
  const stat = useLoaded(root, (signal) => client.imports.stat({ root }, { signal }))
  return (
    <Section title="As a deal">
      {stat.status === 'failed' ? (
        <p className="text-failed text-xs">{stat.error.message}</p>
      ) : (
        <Facts
          facts={[
            ['Transferred CAR', stat.value === null ? '…' : formatBytes(stat.value.carSize)],
            ['Padded piece', stat.value === null ? '…' : formatBytes(stat.value.pieceSize)],
            ['Blocks', stat.value === null ? '…' : stat.value.blockCount.toLocaleString('en')],
          ]}
        />
      )}
    </Section>
  )
}

function DealsOf({ root }: { root: string | null }) {
  const { stores } = useServices()
  const { rows } = useTableState(stores.deals)
  const deals = rows.filter((deal) => deal.root === root && deal.role === 'client')
  if (root === null || deals.length === 0) return null
  return (
    <Section title="Deals">
      <ul className="space-y-1">
        {deals.map((deal) => (
          <li key={deal.dealId}>
            <a
              href={hrefOf('deals', deal.dealId)}
              className="-mx-2 flex items-center justify-between gap-2 rounded-md px-2 py-1 text-xs hover:bg-hover"
            >
              <StateBadge {...dealStateOf(deal)} />
              <span className="truncate text-ink-faint">{deal.provider}</span>
              <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
            </a>
          </li>
        ))}
      </ul>
    </Section>
  )
}
