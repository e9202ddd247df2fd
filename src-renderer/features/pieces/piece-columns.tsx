import type { PieceView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Age, type Chip, Cid, type Column, StateBadge, Tooltip } from '../../components/index.ts'
import { pieceStateOf, SOURCE_WORDS } from './piece-words.ts'

const ORDER = { missing: 0, 'sealed-only': 1, unsealed: 2 } as const
const NOTHING = <span className="text-ink-faint">–</span>

/** Carport's own, and those of migrated lotus-miners; null for none. */
const dealCount = ({ deals, lotusDeals }: PieceView) => deals.length + lotusDeals.length || null

export const PIECE_COLUMNS: readonly Column<PieceView>[] = [
  {
    id: 'piece',
    title: 'Piece',
    width: 168,
    text: ({ pieceCid }) => pieceCid,
    cell: ({ pieceCid }) => <Cid value={pieceCid} kind="Piece" />,
  },
  {
    id: 'state',
    title: 'State',
    width: 120,
    text: (piece) => pieceStateOf(piece).label,
    sortBy: ({ state }) => ORDER[state],
    cell: (piece) => {
      const { tone, label, explanation } = pieceStateOf(piece)
      return (
        <Tooltip text={explanation}>
          <StateBadge tone={tone} label={label} />
        </Tooltip>
      )
    },
  },
  {
    id: 'shard',
    title: 'Shard',
    width: 104,
    text: ({ hasShard }) => (hasShard ? 'Yes' : 'No shard'),
    cell: ({ hasShard }) => (hasShard ? 'Yes' : <StateBadge tone="attention" label="No shard" />),
  },
  {
    id: 'padded',
    title: 'Padded size',
    width: 96,
    yields: 4,
    end: true,
    text: ({ pieceSize }) => (pieceSize === null ? '–' : formatBytes(pieceSize)),
    sortBy: ({ pieceSize }) => pieceSize,
  },
  {
    id: 'size',
    title: 'On disk',
    width: 88,
    yields: 3,
    end: true,
    text: ({ sizeBytes }) => (sizeBytes === null ? '–' : formatBytes(sizeBytes)),
    sortBy: ({ sizeBytes }) => sizeBytes,
  },
  { id: 'source', title: 'Source', width: 120, grow: true, text: ({ source }) => SOURCE_WORDS[source] },
  {
    id: 'deals',
    title: 'Deals',
    width: 72,
    yields: 1,
    end: true,
    text: (piece) => dealCount(piece)?.toString() ?? '–',
    sortBy: dealCount,
  },
  {
    id: 'age',
    title: 'Added',
    width: 88,
    yields: 2,
    end: true,
    text: ({ addedAt }) => addedAt ?? '',
    sortBy: ({ addedAt }) => addedAt,
    cell: ({ addedAt }) =>
      addedAt === null ? (
        NOTHING
      ) : (
        <span className="text-ink-soft">
          <Age at={addedAt} />
        </span>
      ),
  },
  { id: 'path', title: 'Path', width: 240, optional: true, text: ({ path }) => path ?? '' },
]

export const PIECE_CHIPS: readonly Chip<PieceView>[] = [
  { id: 'no-shard', label: 'Without a shard', test: ({ hasShard }) => !hasShard, onlyWithRows: true },
  { id: 'unsealed', label: 'Unsealed', test: ({ state }) => state === 'unsealed' },
  { id: 'sealed', label: 'Sealed only', test: ({ state }) => state === 'sealed-only', onlyWithRows: true },
  { id: 'missing', label: 'Missing', test: ({ state }) => state === 'missing', onlyWithRows: true },
]
