import { ArrowDown, ArrowUp } from 'lucide-react'
import type { TransferView } from '../../../src-shared/contract/index.ts'
import { formatBytes, formatRate } from '../../../src-shared/format/index.ts'
import { Age, Bar, type Chip, type Column, etaText, percentText, StateBadge, useCalm } from '../../components/index.ts'
import { NameCell, type Named } from '../names/index.ts'
import { fractionOfTransfer, isOver, KIND_WORDS, transferStateOf } from './transfer-words.ts'

const ORDER = { running: 0, waiting: 1, queued: 2, paused: 3, failed: 4, cancelled: 5, done: 6 } as const

export type TransferRow = Named<TransferView>

export const TRANSFER_COLUMNS: readonly Column<TransferRow>[] = [
  {
    id: 'direction',
    title: 'Direction',
    narrowTitle: true,
    width: 36,
    text: ({ direction }) => direction,
    cell: ({ direction }) =>
      direction === 'in' ? (
        <ArrowDown role="img" aria-label="In" className="size-3.5 text-rate-in" />
      ) : (
        <ArrowUp role="img" aria-label="Out" className="size-3.5 text-rate-out" />
      ),
  },
  {
    id: 'what',
    title: 'What',
    width: 190,
    grow: true,
    natural: true,
    text: ({ name, what }) => name ?? what,
    cell: ({ name, what, kind }) => <NameCell name={name} cid={what} kind={kind === 'dag' ? 'Root' : 'Piece'} />,
  },
  { id: 'kind', title: 'Kind', width: 88, yields: 3, text: ({ kind }) => KIND_WORDS[kind] },
  {
    id: 'state',
    title: 'State',
    width: 136,
    text: (transfer) => transferStateOf(transfer).label,
    sortBy: ({ state }) => ORDER[state],
    cell: (transfer) => <StateBadge {...transferStateOf(transfer)} />,
  },
  {
    id: 'progress',
    title: 'Progress',
    width: 148,
    text: (transfer) => percentText(fractionOfTransfer(transfer)),
    sortBy: fractionOfTransfer,
    cell: (transfer) => (
      <span className="flex min-w-0 flex-1 items-center gap-2">
        <Bar
          fraction={fractionOfTransfer(transfer)}
          label={`Transfer ${transfer.what}`}
          paused={transfer.state !== 'running'}
          className="min-w-12 flex-1"
        />
        <span className="figures w-10 shrink-0 whitespace-nowrap text-right text-ink-soft">
          {percentText(fractionOfTransfer(transfer))}
        </span>
      </span>
    ),
  },
  {
    id: 'done',
    title: 'Moved',
    width: 88,
    yields: 4,
    end: true,
    text: ({ doneBytes }) => formatBytes(doneBytes),
    sortBy: ({ doneBytes }) => doneBytes,
    cell: ({ doneBytes }) => <CalmText text={formatBytes(doneBytes)} />,
  },
  {
    id: 'rate',
    title: 'Rate',
    width: 96,
    end: true,
    text: ({ state, rate }) => (state === 'running' ? formatRate(rate) : '–'),
    sortBy: ({ state, rate }) => (state === 'running' ? rate : null),
    cell: ({ state, rate }) => (state === 'running' ? <CalmText text={formatRate(rate)} /> : '–'),
  },
  {
    id: 'eta',
    title: 'Left',
    width: 104,
    end: true,
    text: ({ state, etaSeconds }) => (state === 'running' ? (etaText(etaSeconds) ?? '–') : '–'),
    sortBy: ({ state, etaSeconds }) => (state === 'running' ? etaSeconds : null),
    cell: ({ state, etaSeconds }) => (state === 'running' ? <CalmText text={etaText(etaSeconds) ?? '–'} /> : '–'),
  },
  {
    id: 'counterparty',
    title: 'With',
    width: 148,
    text: ({ counterparty }) => counterparty.replace(/^https?:\/\//, ''),
  },
  {
    id: 'age',
    title: 'Started',
    width: 84,
    yields: 1,
    end: true,
    text: ({ startedAt }) => startedAt,
    sortBy: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => (
      <span className="text-ink-soft">
        <Age at={startedAt} />
      </span>
    ),
  },
  {
    id: 'retries',
    title: 'Retries',
    width: 72,
    end: true,
    optional: true,
    text: ({ retries }) => String(retries),
    sortBy: ({ retries }) => retries,
  },
]

export const TRANSFER_CHIPS: readonly Chip<TransferRow>[] = [
  { id: 'live', label: 'Live', test: (transfer) => !isOver(transfer) },
  { id: 'paused', label: 'Paused', test: ({ state }) => state === 'paused', onlyWithRows: true },
  { id: 'failed', label: 'Failed', test: ({ state }) => state === 'failed', onlyWithRows: true },
  { id: 'done', label: 'Done', test: ({ state }) => state === 'done', onlyWithRows: true },
  { id: 'in', label: 'In', test: ({ direction }) => direction === 'in' },
  { id: 'out', label: 'Out', test: ({ direction }) => direction === 'out' },
]

function CalmText({ text }: { text: string }) {
  return <span className="figures">{useCalm(text)}</span>
}
