import { MoreHorizontal } from 'lucide-react'
import { useMemo } from 'react'
import type { DealView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Button,
  Cid,
  Drawer,
  ErrorPanel,
  Facts,
  IconButton,
  Menu,
  ProgressLine,
  Section,
  StateBadge,
  Timeline,
  type TimelineStep,
} from '../../components/index.ts'
import { useServices, useTableState } from '../../state/index.ts'
import { type DealActions, dealMenu } from './deal-actions.tsx'
import type { DealRow } from './deal-columns.tsx'
import { dealStateOf, hasEnded, statesAhead } from './deal-words.ts'
import { traceOf } from './trace.ts'
import { TraceStrip } from './trace-strip.tsx'

interface DealDrawerProps {
  deal: DealRow
  actions: DealActions
  onClose: () => void
}

export function DealDrawer({ deal, actions, onClose }: DealDrawerProps) {
  return (
    <Drawer
      kind={deal.role === 'client' ? 'Deal made here' : 'Accepted deal'}
      title={deal.name ?? `Deal ${deal.dealId}`}
      state={<StateBadge {...dealStateOf(deal)} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {deal.state === 'failed' && (
            <Button kind="primary" onClick={() => actions.retry([deal])}>
              Retry
            </Button>
          )}
          {deal.state === 'active' && <Button onClick={() => actions.retrieve(deal)}>Retrieve…</Button>}
          {!hasEnded(deal) && <Button onClick={() => actions.cancel([deal])}>Cancel</Button>}
          <Menu entries={dealMenu(actions, [deal]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      <p className="selectable text-ink">{deal.message}</p>
      {deal.progress !== null && <ProgressLine progress={deal.progress} label={`Deal ${deal.dealId}`} />}
      {deal.error !== null && <ErrorPanel error={deal.error} />}
      <Section title="States">
        <Timeline label="States of the deal" steps={stepsOf(deal)} />
      </Section>
      <Section title="Way of the data">
        <Trace deal={deal} />
      </Section>
      <Section title="Piece">
        <Facts
          facts={[
            [
              'Piece CID',
              deal.pieceCid === null ? 'Not computed yet' : <Cid key="1" value={deal.pieceCid} kind="Piece" full />,
            ],
            [
              'Piece CID v2',
              deal.pieceCidV2 === null ? null : <Cid key="2" value={deal.pieceCidV2} kind="Piece" full />,
            ],
            ['Padded size', deal.pieceSize === null ? null : formatBytes(deal.pieceSize)],
            ['CAR', deal.carSize === null ? null : formatBytes(deal.carSize)],
            ['Provider', deal.provider],
            [
              'Deal id',
              <span key="id" className="font-mono">
                {deal.dealId}
              </span>,
            ],
          ]}
        />
      </Section>
    </Drawer>
  )
}

function Trace({ deal }: { deal: DealView }) {
  const { stores } = useServices()
  const imports = useTableState(stores.imports).rows
  const pieces = useTableState(stores.pieces).rows
  const shards = useTableState(stores.shards).rows
  const retrievals = useTableState(stores.retrievals).rows
  const stops = useMemo(
    () => traceOf(deal, { imports, pieces, shards, retrievals }),
    [deal, imports, pieces, shards, retrievals],
  )
  return <TraceStrip stops={stops} />
}

/** What happened, then what is still to come. */
function stepsOf(deal: DealView): TimelineStep[] {
  const past = deal.timeline.map(({ state, at, message }, position): TimelineStep => {
    const current = position === deal.timeline.length - 1
    const words = dealStateOf({ state })
    return {
      id: `${position}-${state}`,
      tone: current || words.tone === 'failed' ? words.tone : 'ok',
      moving: current && words.moving === true,
      title: words.label,
      at,
      detail: message,
    }
  })
  const ahead = statesAhead(deal).map(
    (state): TimelineStep => ({ id: `ahead-${state}`, tone: 'idle', title: dealStateOf({ state }).label, at: null }),
  )
  return [...past, ...ahead]
}
