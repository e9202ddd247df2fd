import { MoreHorizontal } from 'lucide-react'
import type { TransferView } from '../../../src-shared/contract/index.ts'
import { formatBytes, formatRate } from '../../../src-shared/format/index.ts'
import {
  Button,
  Cid,
  clockText,
  Drawer,
  ErrorPanel,
  Facts,
  IconButton,
  Menu,
  momentText,
  ProgressLine,
  Section,
  StateBadge,
} from '../../components/index.ts'
import { goTo } from '../../state/index.ts'
import { type TransferActions, transferMenu } from './transfer-actions.tsx'
import { canPause, canRestart, canResume, isOver, KIND_WORDS, transferStateOf } from './transfer-words.ts'

interface TransferDrawerProps {
  transfer: TransferView
  /** Section of the deal or retrieval it belongs to, if either is known here. */
  owner: 'deals' | 'retrievals' | null
  actions: TransferActions
  onClose: () => void
}

export function TransferDrawer({ transfer, owner, actions, onClose }: TransferDrawerProps) {
  const { ownerId } = transfer
  return (
    <Drawer
      kind={transfer.direction === 'in' ? 'Transfer in' : 'Transfer out'}
      title={<Cid value={transfer.what} kind={transfer.kind === 'dag' ? 'Root' : 'Piece'} full />}
      state={<StateBadge {...transferStateOf(transfer)} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {canPause(transfer) && <Button onClick={() => actions.pause([transfer])}>Pause</Button>}
          {canResume(transfer) && (
            <Button kind="primary" onClick={() => actions.resume([transfer])}>
              Resume
            </Button>
          )}
          {canRestart(transfer) && (
            <Button kind="primary" onClick={() => actions.restart([transfer])}>
              Start again
            </Button>
          )}
          {!isOver(transfer) && <Button onClick={() => actions.cancel([transfer])}>Cancel</Button>}
          <Menu entries={transferMenu(actions, [transfer]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      {!isOver(transfer) && (
        <ProgressLine
          progress={{ ...transfer, phase: transfer.message }}
          label="Transfer"
          paused={transfer.state !== 'running'}
        />
      )}
      {isOver(transfer) && transfer.error === null && <p className="text-ink-soft">{transfer.message}</p>}
      {transfer.error !== null && <ErrorPanel error={transfer.error} />}
      <Section title="What it is">
        <Facts
          facts={[
            ['Kind', KIND_WORDS[transfer.kind]],
            ['With', transfer.counterparty],
            ['Moved', movedText(transfer)],
            ['Rate', transfer.state === 'running' ? formatRate(transfer.rate) : null],
            ['Retries', String(transfer.retries)],
            ['Started', momentText(transfer.startedAt)],
            ['Ended', transfer.endedAt === null ? null : momentText(transfer.endedAt)],
            [
              'Id',
              <span key="id" className="font-mono">
                {transfer.id}
              </span>,
            ],
          ]}
        />
        {ownerId !== null && owner !== null && (
          <Button size="sm" onClick={() => goTo(owner, ownerId)}>
            {owner === 'deals' ? 'Show deal' : 'Show retrieval'}
          </Button>
        )}
      </Section>
      <Section title="Log">
        <ol className="selectable space-y-1 text-xs">
          {transfer.log.map(({ at, message }, position) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
            <li key={position} className="flex gap-3">
              <time dateTime={at} className="figures shrink-0 font-mono text-ink-faint">
                {clockText(at)}
              </time>
              <span className="min-w-0 break-words text-ink-soft">{message}</span>
            </li>
          ))}
        </ol>
      </Section>
    </Drawer>
  )
}

function movedText({ doneBytes, totalBytes }: TransferView): string {
  return totalBytes === null ? formatBytes(doneBytes) : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`
}
