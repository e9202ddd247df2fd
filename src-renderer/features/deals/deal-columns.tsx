import type { DealView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Age, type Chip, Cid, type Column, ProgressCell, StateBadge } from '../../components/index.ts'
import { NameCell, type Named } from '../names/index.ts'
import { dealStateOf, hasEnded, providerName } from './deal-words.ts'

export type DealRow = Named<DealView>

const ORDER = { failed: 0, attention: 1, working: 2, waiting: 3, idle: 4, ok: 5 } as const
const NOTHING = <span className="text-ink-faint">–</span>

export const DEAL_COLUMNS: readonly Column<DealRow>[] = [
  {
    id: 'name',
    title: 'Data',
    width: 176,
    grow: true,
    natural: true,
    text: ({ name, root }) => name ?? root,
    cell: ({ name, root }) => <NameCell name={name} cid={root} kind="Root" />,
  },
  {
    id: 'root',
    title: 'Root',
    width: 152,
    yields: 0,
    text: ({ root }) => root,
    cell: ({ root }) => <Cid value={root} kind="Root" />,
  },
  {
    id: 'role',
    title: 'Role',
    width: 92,
    yields: 4,
    text: ({ role }) => (role === 'client' ? 'Made here' : 'Accepted'),
  },
  {
    id: 'state',
    title: 'State',
    width: 176,
    text: (deal) => dealStateOf(deal).label,
    sortBy: (deal) => ORDER[dealStateOf(deal).tone],
    cell: (deal) =>
      deal.progress === null ? (
        <StateBadge {...dealStateOf(deal)} />
      ) : (
        <ProgressCell progress={deal.progress} label={`Deal ${deal.dealId}`} />
      ),
  },
  { id: 'provider', title: 'Provider', width: 148, yields: 3, text: ({ provider }) => providerName(provider) },
  {
    id: 'piece',
    title: 'Piece',
    width: 152,
    yields: 1,
    text: ({ pieceCid }) => pieceCid ?? '',
    sortBy: ({ pieceCid }) => pieceCid,
    cell: ({ pieceCid }) => (pieceCid === null ? NOTHING : <Cid value={pieceCid} kind="Piece" />),
  },
  {
    id: 'size',
    title: 'Piece size',
    width: 88,
    yields: 2,
    end: true,
    text: ({ pieceSize }) => (pieceSize === null ? '–' : formatBytes(pieceSize)),
    sortBy: ({ pieceSize }) => pieceSize,
  },
  {
    id: 'age',
    title: 'Changed',
    width: 88,
    end: true,
    text: ({ updatedAt }) => updatedAt,
    sortBy: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => (
      <span className="text-ink-soft">
        <Age at={updatedAt} />
      </span>
    ),
  },
  { id: 'id', title: 'Id', width: 168, optional: true, text: ({ dealId }) => dealId },
]

export const DEAL_CHIPS: readonly Chip<DealRow>[] = [
  { id: 'running', label: 'Under way', test: (deal) => !hasEnded(deal), onlyWithRows: true },
  { id: 'active', label: 'Active', test: ({ state }) => state === 'active' },
  { id: 'failed', label: 'Failed', test: ({ state }) => state === 'failed', onlyWithRows: true },
  { id: 'client', label: 'Made here', test: ({ role }) => role === 'client' },
  { id: 'provider', label: 'Accepted', test: ({ role }) => role === 'provider' },
]
