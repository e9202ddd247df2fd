import { FolderSearch, MoreHorizontal } from 'lucide-react'
import type { RetrievalView } from '../../../src-shared/contract/index.ts'
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
  momentText,
  PathText,
  ProgressLine,
  Section,
  StateBadge,
} from '../../components/index.ts'
import { useInfo } from '../../state/index.ts'
import { canRetry, type RetrievalActions, retrievalMenu } from './retrieval-actions.tsx'
import { isRunning, nameOfRetrieval, retrievalStateOf } from './retrieval-words.ts'

interface RetrievalDrawerProps {
  view: RetrievalView
  actions: RetrievalActions
  onClose: () => void
}

export function RetrievalDrawer({ view, actions, onClose }: RetrievalDrawerProps) {
  const info = useInfo()
  const { reveal } = actions
  const done = view.state === 'done' && view.complete
  return (
    <Drawer
      kind="Retrieval"
      title={view.path === null ? 'Kept in Carport' : nameOfRetrieval(view)}
      state={!isRunning(view) && <StateBadge {...retrievalStateOf(view)} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {isRunning(view) && <Button onClick={() => actions.cancel([view])}>Cancel</Button>}
          {canRetry(view) && (
            <Button kind="primary" onClick={() => actions.retry([view])}>
              Retry
            </Button>
          )}
          {done && <Button onClick={() => actions.export(view)}>Export…</Button>}
          {done && reveal !== null && (
            <IconButton icon={FolderSearch} label="Show in folder" onClick={() => reveal(view)} />
          )}
          <Menu entries={retrievalMenu(actions, [view]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      {view.progress !== null && (
        <ProgressLine progress={view.progress} label={`Retrieving ${nameOfRetrieval(view)}`} />
      )}
      <p className="selectable text-ink-soft">{view.message}</p>
      {view.error !== null && (
        <ErrorPanel
          error={view.error}
          actions={
            <Button size="sm" onClick={() => actions.retry([view])}>
              Retry
            </Button>
          }
        />
      )}
      {view.state === 'done' && !view.complete && (
        <Callout tone="attention" title="Blocks are missing">
          A walk from the root did not find everything. Retry fetches only what is missing.
        </Callout>
      )}
      <Section title="What it is">
        <Facts
          facts={[
            ['Root', <Cid key="root" value={view.root} kind="Root" full gatewayUrl={info?.providerUrl ?? null} />],
            ['Received', amount(view)],
            ['Blocks', view.blockCount.toLocaleString('en')],
            ['Completeness', completeness(view)],
            ['From', view.provider === 'local' ? 'What was here already' : view.provider],
            ['Started', momentText(view.createdAt)],
          ]}
        />
      </Section>
      <Section title="Where it is">
        <Facts
          facts={[
            ['Exported to', view.path === null ? 'Not exported yet' : <PathText key="path" path={view.path} />],
            ['CAR', <PathText key="car" path={view.carPath} />],
            ['CAR size', view.carSizeBytes === null ? null : formatBytes(view.carSizeBytes)],
            [
              'Id',
              <span key="id" className="font-mono">
                {view.dealId}
              </span>,
            ],
          ]}
        />
      </Section>
    </Drawer>
  )
}

function amount({ receivedBytes, totalBytes }: RetrievalView): string {
  return totalBytes === null
    ? formatBytes(receivedBytes)
    : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`
}

function completeness({ state, complete }: RetrievalView): string {
  if (complete) return 'Every block below the root is there and was checked'
  return state === 'done' ? 'Blocks are missing' : 'Not complete yet'
}
