import { MoreHorizontal } from 'lucide-react'
import type { PieceView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import {
  Button,
  Cid,
  Drawer,
  Facts,
  IconButton,
  Menu,
  momentText,
  PathText,
  Section,
  StateBadge,
} from '../../components/index.ts'
import { goTo, hrefOf } from '../../state/index.ts'
import { LotusDeals } from '../deals/index.ts'
import { type PieceActions, pieceMenu } from './piece-actions.tsx'
import { pieceStateOf, SOURCE_WORDS } from './piece-words.ts'

interface PieceDrawerProps {
  piece: PieceView
  actions: PieceActions
  onClose: () => void
}

export function PieceDrawer({ piece, actions, onClose }: PieceDrawerProps) {
  const { tone, label, explanation } = pieceStateOf(piece)
  return (
    <Drawer
      kind="Piece"
      title={<Cid value={piece.pieceCid} kind="Piece" full />}
      state={<StateBadge tone={tone} label={label} look="filled" />}
      onClose={onClose}
      actions={
        <>
          {piece.hasShard ? (
            <Button onClick={() => goTo('shards', piece.pieceCid)}>Show shard</Button>
          ) : (
            <Button kind="primary" onClick={() => actions.register([piece])}>
              Register as shard
            </Button>
          )}
          {piece.path !== null && <Button onClick={() => actions.verify(piece)}>Verify</Button>}
          <Menu entries={pieceMenu(actions, [piece]).slice(1)}>
            <IconButton icon={MoreHorizontal} label="More actions" />
          </Menu>
        </>
      }
    >
      <p className="text-ink-soft">{explanation}</p>
      <Section title="What it is">
        <Facts
          facts={[
            [
              'Piece CID v2',
              piece.pieceCidV2 === null ? null : <Cid key="v2" value={piece.pieceCidV2} kind="Piece" full />,
            ],
            ['Padded size', piece.pieceSize === null ? null : formatBytes(piece.pieceSize)],
            ['On disk', piece.sizeBytes === null ? null : formatBytes(piece.sizeBytes)],
            ['Source', SOURCE_WORDS[piece.source]],
            ['Unsealed copy', piece.path === null ? 'None on this machine' : <PathText key="path" path={piece.path} />],
            ['Added', piece.addedAt === null ? null : momentText(piece.addedAt)],
          ]}
        />
      </Section>
      {(piece.deals.length > 0 || piece.lotusDeals.length === 0) && <OwnDeals piece={piece} />}
      {piece.lotusDeals.length > 0 && (
        <Section title="Deals in Lotus">
          <LotusDeals deals={piece.lotusDeals} />
        </Section>
      )}
    </Drawer>
  )
}

function OwnDeals({ piece: { deals } }: { piece: PieceView }) {
  return (
    <Section title="Deals">
      {deals.length === 0 ? (
        <p className="text-ink-faint text-xs">No deal names this piece.</p>
      ) : (
        <ul className="space-y-1 text-xs">
          {deals.map((dealId) => (
            <li key={dealId}>
              <a href={hrefOf('deals', dealId)} className="rounded-sm font-mono text-accent-ink hover:underline">
                {dealId}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
